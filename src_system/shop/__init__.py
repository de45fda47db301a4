"""The demo shop at `/demo`: a merchant whose page is an ordinary SRC initiator.

Its server is a stranger to the simulator as well: it speaks to the control port and, like any
merchant, to the SRC API. A visitor has a sandbox to play in.
"""
