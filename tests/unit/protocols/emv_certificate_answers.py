#!/usr/bin/env python3
"""Prints emv_certificate_answers.hpp: certificates and signatures made by the tables of EMV 4.3 book 2 with Python's
integers and hashlib alone, for the tests to hold the C++ against. Same seed, same keys, same octets.

    python3 tests/unit/protocols/emv_certificate_answers.py > tests/unit/protocols/emv_certificate_answers.hpp
"""
import hashlib
import random

dice = random.Random(20)


def probable_prime(n):
    if any(n % small == 0 for small in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)):
        return False
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for _ in range(20):
        x = pow(dice.randrange(2, n - 1), odd, n)
        if x in (1, n - 1):
            continue
        for _ in range(twos - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def prime(bits, e):
    while True:
        n = dice.getrandbits(bits) | 3 << (bits - 2) | 1
        if n % e != 1 and probable_prime(n):
            return n


class Key:
    def __init__(self, octets, e):
        self.size, self.e = octets, e
        self.p, self.q = prime(octets * 4, e), prime(octets * 4, e)
        self.n = self.p * self.q
        self.d = pow(e, -1, (self.p - 1) * (self.q - 1))
        self.modulus = self.n.to_bytes(octets, "big")
        self.exponent = e.to_bytes(1 if e == 3 else 3, "big")

    def sign(self, block):
        assert len(block) == self.size
        return pow(int.from_bytes(block, "big"), self.d, self.n).to_bytes(self.size, "big")


def frame(key, head, also):
    body = head + b"\xbb" * (key.size - 22 - len(head))
    return key.sign(b"\x6a" + body + hashlib.sha1(body + also).digest() + b"\xbc")


def certificate(signer, head, key, static=b""):
    head += bytes([1, 1, key.size, len(key.exponent)])
    room = signer.size - 22 - len(head)
    rest = key.modulus[room:]
    return frame(signer, head + key.modulus[:room], rest + key.exponent + static), rest


H = bytes.fromhex
ca, issuer, icc, pin = Key(144, 3), Key(128, 65537), Key(96, 3), Key(72, 3)
static = H("5A0862109480000000115F24033012315F280201565F3401019F0702FF008E0C00000000000000001E031F03") + H("7C00")
pan = H("6210948000000011FFFF")
unpredictable = H("DEADBEEF")
number = H("0102030405060708")
cryptogram = H("29CCA15AE665FA2E")
transaction = H("000000001234000000000000015600000000000156261123001234567852BF4585") + H("9F2701809F3602001C9F100807010103A0000001")
combined = bytes([8]) + number + H("80") + cryptogram + hashlib.sha1(transaction).digest()

answers = {}
for name, key in (("authority", ca), ("issuer", issuer), ("icc", icc), ("pin", pin)):
    answers[name + "_modulus"] = key.modulus
    answers[name + "_exponent"] = key.exponent
    answers[name + "_private"] = key.d.to_bytes(key.size, "big")
    answers[name + "_prime1"] = key.p.to_bytes(key.size // 2, "big")
    answers[name + "_prime2"] = key.q.to_bytes(key.size // 2, "big")
answers["static_data"] = static
answers["transaction_data"] = transaction
answers["issuer_certificate"], answers["issuer_remainder"] = certificate(
    ca, H("02") + H("62109480") + H("1230") + H("000001"), issuer)
answers["icc_certificate"], answers["icc_remainder"] = certificate(
    issuer, H("04") + pan + H("1129") + H("A1B2C3"), icc, static)
answers["pin_certificate"], answers["pin_remainder"] = certificate(
    issuer, H("04") + pan + H("1129") + H("A1B2C3"), pin)
answers["signed_static"] = frame(issuer, H("0301DAC0"), static)
answers["signed_dynamic"] = frame(icc, H("0501") + bytes([9, 8]) + number, unpredictable)
answers["signed_combined"] = frame(icc, H("0501") + bytes([len(combined)]) + combined, unpredictable)
block = H("7F") + H("241234FFFFFFFFFF") + H("1122334455667788") + bytes(range(1, 72 - 16))
answers["enciphered_pin"] = pow(int.from_bytes(block, "big"), pin.e, pin.n).to_bytes(pin.size, "big")

print("#pragma once\n\n#include <string_view>\n")
print("/// Known answers, printed by emv_certificate_answers.py: the tables of EMV book 2 computed without the code under test.")
print("namespace posbench::answers {\n")
for name, value in answers.items():
    text = value.hex().upper()
    lines = [text[i:i + 96] for i in range(0, len(text), 96)] or [""]
    print(f"inline constexpr std::string_view {name} =")
    print("\n".join(f'    "{line}"' for line in lines) + ";")
print("\n}  // namespace posbench::answers")
