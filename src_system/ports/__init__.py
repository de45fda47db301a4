"""What both ports have alike: listening sockets, connections, refusals of what is not HTTP."""
