"""Errors form one tree, and what they say is one readable line."""

import inspect

import pytest

from intaglio.vocabulary import errors
from intaglio.vocabulary.errors import InputError, IntaglioError, ResourceError, UnknownNameError

ALL = [error for _, error in inspect.getmembers(errors, inspect.isclass) if error.__module__ == errors.__name__]
OF_INPUT = [error for error in ALL if issubclass(error, InputError)]


@pytest.mark.parametrize("error", ALL)
def test_every_error_grows_from_one_root(error: type[Exception]) -> None:
    assert issubclass(error, IntaglioError)


@pytest.mark.parametrize("error", OF_INPUT)
def test_wrong_input_is_a_value_error(error: type[Exception]) -> None:
    assert issubclass(error, ValueError)


def test_lack_of_resources_is_no_value_error_but_one_of_the_system() -> None:
    assert issubclass(ResourceError, OSError)
    assert not issubclass(ResourceError, ValueError)


@pytest.mark.parametrize("error", ALL)
def test_a_message_is_shown_as_it_was_written(error: type[Exception]) -> None:
    message = "unknown model 'adian': did you mean adain?"
    assert str(error(message)) == message


def test_an_unknown_name_without_a_message_shows_nothing() -> None:
    assert str(UnknownNameError()) == ""


def test_the_drawn_tree_shows_every_error_once() -> None:
    drawing = str(errors.__doc__).split()
    assert {error.__name__: drawing.count(error.__name__) for error in ALL} == {error.__name__: 1 for error in ALL}
