"""What the verbs of the command line do; each imports what it needs, so that `--help` comes at once."""

import argparse
import sys

from chalicelib.domain.keys import ORDINARY
from chalicelib.domain.times import iso
from chalicelib.local.folders import Folder

Told = argparse.Namespace


def run(folder: Folder, told: Told) -> None:
    """Everything on this machine until it is ended."""
    from chalicelib.local import supervisor

    supervisor.run(folder, port=told.port, demo=told.demo)


def create_key(folder: Folder, told: Told) -> None:
    """Print a new key, the only time that it is seen."""
    from chalicelib.local import preparing, stacks

    with stacks.connected(folder, told, "key create"):
        _say(preparing.create_key(told.name, tuple(dict.fromkeys(told.scope or ORDINARY))))


def list_keys(folder: Folder, told: Told) -> None:
    """One line per key: id, name, scopes, and when it was made and revoked."""
    from chalicelib.local import stacks
    from chalicelib.stores import keys

    with stacks.connected(folder, told, "key list"):
        for key in keys.all_keys():
            end = f"revoked {iso(key.revoked_at)}" if key.revoked_at else "valid"
            _say(f"{key.id}  {key.name}  {','.join(key.scopes)}  {iso(key.created_at)}  {end}")


def revoke_key(folder: Folder, told: Told) -> None:
    """End a key's validity."""
    from chalicelib import wiring
    from chalicelib.local import stacks
    from chalicelib.stores import keys, record

    with stacks.connected(folder, told, "key revoke"):
        key = record.append(lambda moment: keys.revoke(told.id, moment=moment), now=wiring.now)
        _say(f"{key.id}  {key.name}  revoked")


def import_statuspage(folder: Folder, told: Told) -> None:
    """Read all documents first: what cannot be read changes nothing."""
    from chalicelib.intake import sources
    from chalicelib.local import importing, stacks

    for source in told.sources:
        sources.refuse_credentials(source)
    foreign = importing.read_statuspage(told.sources, _progress)
    with stacks.connected(folder, told, "import"):
        saved = importing.save(foreign, _progress)
    _say(importing.summary(foreign, saved))


def import_csaf(folder: Folder, told: Told) -> None:
    """Read all documents first: what cannot be read changes nothing."""
    from chalicelib.local import csaf_importing, stacks

    found = csaf_importing.read(told.sources, _progress)
    with stacks.connected(folder, told, "import"):
        taken = csaf_importing.save(found, _progress)
    _say(csaf_importing.summary(taken))


def import_record(folder: Folder, told: Told) -> None:
    """Check all of it first: what cannot be read or is not ours changes nothing."""
    from chalicelib.intake import sources
    from chalicelib.local import recovering, stacks

    sources.refuse_credentials(told.source)
    found = recovering.read(told.source, _progress)
    with stacks.connected(folder, told, "import"):
        if told.table:
            recovering.use(told.table)
        restored = recovering.restore(found, _progress)
        _say(recovering.summary(restored))


def samples(folder: Folder, told: Told) -> None:
    """Check all of it first, unless only what is right is to count."""
    from chalicelib.local import sampling, stacks

    with stacks.connected(folder, told, "samples"):
        lines = None if told.partial else sampling.check(told.file, _progress)
        _say(sampling.summary(sampling.save(told.file, _progress, lines=lines, partial=told.partial)))


def publish(folder: Folder, told: Told) -> None:
    """Bring the site to the end of the record, a few seconds of work at a time; never back."""
    from chalicelib import wiring
    from chalicelib.local import lagging, stacks

    with stacks.connected(folder, told, "publish"):
        lagging.check(wiring.bucket(), wiring.settings().table)
        from chalicelib.triggers.publication import publisher

        done = publisher().publish(everything=told.all)
        written = done.written
        while done.unfinished:
            _progress(f"{written} files")
            done = publisher().publish()
            written += done.written
        _progress("")
        _say(f"{written} files written; the site stands at entry {done.head.seq}")


def verify(folder: Folder, told: Told) -> None:
    """Check a site against its record; the first difference is why it is refused."""
    from chalicelib.intake import sources
    from chalicelib.local import chains, verifying

    for source in (told.source, told.since or ""):
        sources.refuse_credentials(source)
    since = chains.kept_head(told.since) if told.since else None
    check = verifying.verify_chain if told.chain else verifying.verify
    verdict = check(told.source, since=since, show=_progress)
    _say(verifying.summary(verdict, since))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _progress(line: str) -> None:
    """One line that is written over, where somebody watches."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{line}")
        sys.stderr.flush()
