"""备份 backups: database and files in one archive that any database of ours can be made from again.

An archive is an uncompressed tar, read and written as a stream:

    manifest.json             who made it, from which migrations, the columns of every table
    tables/<table>.jsonl.gz   one JSON array a row, values written the same for every database
    files/<path>              uploads as they lie on the disk
    audit/<path>              archived audit and its seals, as they lie under DATA_DIR/audit
    files.jsonl.gz            path, size and SHA-256 of each of them
    checksums.json            rows and digest of every table, number, bytes and digest of the files

Sessions are left out: their keys open the door to whoever reads the archive.
"""
