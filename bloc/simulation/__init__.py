"""A whole country's deadline night, played on this installation's database: what it takes, before it is real.

``plans`` makes blocs that differ, from a seed; ``country`` leads them through the last days of their score sheets; ``hands``
are the processes that do it, each with the doors of one: those of a unit that sends, those of a worker that runs the flows.
All goes through actions and the bodies of the flows; mail goes to a sink of the simulation's own, whatever the settings say.
"""
