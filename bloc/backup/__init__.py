"""A backup: one file of all that an installation's database holds, in a form that both kinds of database read.

It is a zip: ``tables/<name>.jsonl`` has a row a line, ``files/<sha256>`` the bytes of each stored file, and
``manifest.json`` says what there must be: the revision of the tables, the columns of each with their kinds, the number of
rows and the SHA-256 of their lines. So a backup can be read by whoever has Python, and be restored into the other kind of
database, or by a later version, which brings its tables up to date. Who is signed in is left out.

``written`` makes it, ``restored`` takes it in, ``manifest`` is what both know of its form. Both hold little in memory.
"""
