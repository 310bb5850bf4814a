"""How the steps of all families are done, by the kind of their description."""

from collections.abc import Mapping
from typing import Any

from intaglio.studies.action import Action
from intaglio.studies.compression.actions import ACTIONS as COMPRESSION
from intaglio.studies.gans.actions import ACTIONS as GANS
from intaglio.studies.structured.actions import ACTIONS as STRUCTURED
from intaglio.studies.tickets.actions import ACTIONS as TICKETS

ACTIONS: Mapping[type, Action[Any]] = {action.kind: action for action in (*TICKETS, *STRUCTURED, *COMPRESSION, *GANS)}
