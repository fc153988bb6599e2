"""Deploy, destroy and the operator's commands, tried on stacks that take a second to make."""
