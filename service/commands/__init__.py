"""What the commands of the command line do, one module each; ``service.cli`` only reads the arguments."""
