"""The engine of one machine: Prefect's server and worker and the mail sink, started, watched and stopped as one.

``running`` is the whole of it; ``parts`` says what is supervised, ``supervisor`` how, ``deploy`` tells Prefect of the flows.
"""
