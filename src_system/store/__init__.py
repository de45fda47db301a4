"""PostgreSQL: started, reached, kept up to date and asked; the only importer of asyncpg."""
