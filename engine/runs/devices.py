"""Which GPUs the next run gets: a function of what the machine has and who is at work.

On a machine without GPUs, or one that nobody has looked at yet, a run has the whole machine.
"""

from collections.abc import Sequence

from engine.runs.run import Run


def free_gpus(
    gpus: int, at_work: Sequence[Run], devices: int, liked: tuple[int, ...] = ()
) -> tuple[int, ...] | None:
    """The GPUs for a run that asks for `devices` of them, of a machine with `gpus`; None while it
    has to wait, and none of them where the run has the whole machine.

    Who asks for more than there are gets all there are. `liked` is taken where it fits.
    """
    if not gpus or any(not run.gpus for run in at_work):
        return None if at_work else ()
    held = {gpu for run in at_work for gpu in run.gpus}
    free = [gpu for gpu in range(gpus) if gpu not in held]
    wanted = min(devices, gpus)
    if len(liked) == wanted and set(liked) <= set(free):
        return liked
    return tuple(free[:wanted]) if len(free) >= wanted else None
