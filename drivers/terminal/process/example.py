#!/usr/bin/env python3
"""The smallest terminal program that a station can run: asks for an amount, and knows neither card nor host.

Passes scenarios/terminal/amount-zero.toml. README.md beside it is the protocol.
"""
import json
import sys
import time


class Terminal:
    def __init__(self, hello):
        self.start_ns = hello["start_ns"]
        self.digits = None  # typed so far; None: idle
        self.chosen = None  # begun as soon as it is idle; of two the later

    def say(self, **members):
        print(json.dumps(members, ensure_ascii=False), flush=True)

    def event(self, kind, **fields):
        self.say(t=time.clock_gettime_ns(time.CLOCK_MONOTONIC) - self.start_ns, kind=kind, **fields)

    def show(self, text):
        self.event("terminal.display", text=text)

    def rest(self):
        self.digits = None
        self.event("terminal.state", state="idle")
        self.show("请选择功能")

    def end(self, transaction, outcome, reason, text):
        self.show(text)
        self.event("terminal.outcome", transaction=transaction, outcome=outcome, reason=reason, text=text)
        self.rest()

    def amount(self):
        return "RMB {:.2f}".format(int(self.digits or "0") / 100)

    def press(self, key):
        if self.digits is None:
            if key == "sale":
                self.event("terminal.key", key=key)
                self.digits = ""
                self.event("terminal.state", state="amount")
                self.show("请输入金额\n" + self.amount())
                self.event("terminal.prompt", what="amount")
            return
        if not (key.isdigit() or key in ("clear", "confirm", "cancel")):
            return
        self.event("terminal.key", key=key)
        if key == "cancel":
            self.end("sale", "cancelled", "cancelled", "交易取消")
        elif key != "confirm":
            self.digits = (self.digits + key)[:12] if key.isdigit() else ""
            self.show("请输入金额\n" + self.amount())
        elif int(self.digits or "0") == 0:
            self.show("金额不能为零")
        else:
            self.end("sale", "failed", "device", "读卡器故障")

    def begin_chosen(self):
        function, self.chosen = self.chosen, None
        if function == "sign_in":  # its end is told by an event of its own
            self.event("terminal.sign_in", outcome="failed")
        else:
            self.end(function, "failed", "not_allowed", "不支持该功能")

    def take(self, message):
        kind = message["message"]
        if kind == "key":
            self.press(message["key"])
        elif kind == "choose":
            self.chosen = message["function"]
        elif kind == "scan":
            self.say(message="lacks", what="a scanner")
        elif kind == "condition":
            self.say(message="lacks", what=", ".join(message["change"]))
        if self.chosen and self.digits is None:
            self.begin_chosen()
        if "input" in message:
            self.say(message="idle", after=message["input"], idle=self.digits is None)


def main():
    terminal = Terminal(json.loads(sys.stdin.readline()))
    terminal.say(message="ready", program="example 1")
    terminal.event("terminal.state", state="booting")
    terminal.rest()
    terminal.say(message="idle", after=0, idle=True)
    for line in sys.stdin:
        terminal.take(json.loads(line))


main()
