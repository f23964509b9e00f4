"""The portal: pages on which units do their part and the secretary steers. A door: it calls actions, and decides nothing.

A request passes ``shield`` (headers, size), ``access`` (may they?), a function of ``routes`` and ``pages`` (the template).
"""
