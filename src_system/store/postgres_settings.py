"""With what settings an embedded PostgreSQL runs."""

CONNECTIONS_MAX = 100  # all workers together; PostgreSQL keeps three of them for itself

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "128MB",
    "max_connections": str(CONNECTIONS_MAX),
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "log",  # refused rows are ordinary, and their values stay out of it
    "log_checkpoints": "off",
    "logging_collector": "off",
    "autovacuum_naptime": "5s",  # a young database needs statistics soon
}
_EPHEMERAL = {
    **dict.fromkeys(("fsync", "full_page_writes", "synchronous_commit", "wal_init_zero"), "off"),
    # A gigabyte of log that nobody will replay fills small disks, and the pages of new files are
    # dear in a virtual machine. Without whole pages in it, a checkpoint more costs next to nothing.
    "max_wal_size": "128MB",
    "min_wal_size": "32MB",
    "checkpoint_warning": "0",
}
_SINCE_18 = {"io_method": "sync"}  # workers for reading cost processes, and all is in memory


def server_settings(major: int, *, ephemeral: bool) -> dict[str, str]:
    """Values by name, for a PostgreSQL of that major version; without durability if *ephemeral*."""
    return _SETTINGS | (_EPHEMERAL if ephemeral else {}) | (_SINCE_18 if major >= 18 else {})
