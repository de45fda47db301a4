"""The operations of the SRC API, one file each: request, result, transaction.

None imports another.
"""
