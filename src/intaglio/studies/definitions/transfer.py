"""Whether the transfer has to be pruned too: Kong et al. 2022, Figures 6 and 7."""

from intaglio.studies.tickets.definition import TicketDefinition

DEFINITION = TicketDefinition(
    name="transfer",
    title="pruning the transfer as well, or encoder and decoder alone",
    source="Kong et al. 2022, Figures 6 and 7",
    networks=("sanet", "lst"),
    variants=lambda network: {
        f"{network}, all parts": {"arms": ("imp",)},
        f"{network}, without transfer": {"arms": ("imp",), "parts": ("encoder", "decoder")},
    },
)
