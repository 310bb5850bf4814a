"""What networks are as graphs of tensors: what goes in, what comes out, and which sides are free."""
