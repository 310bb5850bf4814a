"""Style networks: encoder, transfer, decoder."""
