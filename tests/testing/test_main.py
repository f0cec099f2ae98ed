"""The process that writes report cards, over a descriptor that the plugin does not print on."""

import json
import subprocess
import sys


def card_of(*words):
    done = subprocess.run([sys.executable, "-m", "studio.testing", *words], capture_output=True, text=True, check=False)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, events[-1]


def test_time_is_up_for_one_that_hangs(site, install, source):
    hangs = source("hangs", "(Preset(name='cpu', title='t', summary='s'),)").replace("        pass", HANG)
    install("hangs", hangs)
    code, card = card_of("hangs", "--seconds", "6")
    assert code == 0
    states = [line["state"] for line in card["lines"]]
    assert states[0] == "passed"
    assert states[-1] == "not reached"


HANG = """        print('{"event": "done", "lines": []}', flush=True)
        import time
        time.sleep(600)"""


def test_what_is_not_there():
    code, last = card_of("nothing")
    assert code == 1
    assert last == {
        "event": "error",
        "message": "There is no plugin of 'nothing'; 'studio plugins list' shows what there is.",
    }
