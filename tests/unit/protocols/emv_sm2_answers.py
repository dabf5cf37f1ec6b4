#!/usr/bin/env python3
"""Prints emv_sm2_answers.hpp: certificates and signatures by the layouts of PBOC 3.0 part 17, with SM2 computed by
Python's integers (GM/T 0003.2) and nonces by RFC 6979 with HMAC-SM3, for the tests to hold the C++ against.

    python3 tests/unit/protocols/emv_sm2_answers.py > tests/unit/protocols/emv_sm2_answers.hpp
"""
import hashlib
import hmac

p = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
a = p - 3
b = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
n = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
g = (0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
     0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0)


def sm3(data):
    return hashlib.new("sm3", data).digest()


def number(octets):
    return int.from_bytes(octets, "big")


def octets(value):
    return value.to_bytes(32, "big")


def add(one, other):
    if one is None or other is None:
        return one or other
    if one[0] == other[0]:
        if (one[1] + other[1]) % p == 0:
            return None
        slope = (3 * one[0] * one[0] + a) * pow(2 * one[1], -1, p)
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, p)
    x = (slope * slope - one[0] - other[0]) % p
    return x, (slope * (one[0] - x) - one[1]) % p


def times(k, point):
    total = None
    while k:
        if k & 1:
            total = add(total, point)
        point, k = add(point, point), k >> 1
    return total


def nonces(private, hashed):
    def mac(key, data):
        return hmac.new(key, data, "sm3").digest()
    value, key = b"\x01" * 32, b"\x00" * 32
    for separator in (b"\x00", b"\x01"):
        key = mac(key, value + separator + private + hashed)
        value = mac(key, value)
    while True:
        value = mac(key, value)
        yield number(value)
        key = mac(key, value + b"\x00")
        value = mac(key, value)


class Key:
    def __init__(self, seed):
        self.d = number(sm3(seed)) % (n - 2) + 1
        self.point = times(self.d, g)
        self.octets = octets(self.point[0]) + octets(self.point[1])

    def sign(self, message):
        name = b"1234567812345678"
        za = sm3((8 * len(name)).to_bytes(2, "big") + name + octets(a) + octets(b) + octets(g[0]) + octets(g[1]) +
                 self.octets)
        e = number(sm3(za + message))
        for k in nonces(octets(self.d), octets(e % n)):
            if not 0 < k < n:
                continue
            r = (e + times(k, g)[0]) % n
            s = pow(1 + self.d, -1, n) * (k - r * self.d) % n
            if r and s and (r + k) % n:
                return octets(r) + octets(s)

    def signed(self, plain, also=b""):
        return plain + self.sign(plain + also)


H = bytes.fromhex
authority, issuer, icc = Key(b"authority"), Key(b"issuer"), Key(b"icc")
static = H("5A0862109480000000115F24033012315F280201565F340101") + H("7C00")
transaction = H("000000001234000000000000015600000000000156261123001234567852BF4585")
dynamic_number, cryptogram = H("0102030405060708"), H("29CCA15AE665FA2E")
unpredictable = H("DEADBEEF")
combined = bytes([8]) + dynamic_number + H("80") + cryptogram + sm3(transaction)

answers = {}
for name, key in (("authority", authority), ("issuer", issuer), ("icc", icc)):
    answers[name + "_private"] = octets(key.d)
    answers[name + "_point"] = key.octets
answers["static_data"] = static
answers["transaction_data"] = transaction
answers["issuer_certificate"] = authority.signed(
    H("12") + H("62109480") + H("1230") + H("000001") + H("04001140") + issuer.octets)
answers["icc_certificate"] = issuer.signed(
    H("14") + H("6210948000000011FFFF") + H("1129") + H("A1B2C3") + H("04001140") + icc.octets, static)
answers["signed_static"] = issuer.signed(H("13DAC0"), static)
answers["signed_dynamic"] = icc.signed(H("15") + bytes([9, 8]) + dynamic_number, unpredictable)
answers["signed_combined"] = icc.signed(H("15") + bytes([len(combined)]) + combined, unpredictable)

print("#pragma once\n\n#include <string_view>\n")
print("/// Known answers, printed by emv_sm2_answers.py: PBOC 3.0 part 17 computed without the code under test.")
print("namespace posbench::sm2_answers {\n")
for name, value in answers.items():
    text = value.hex().upper()
    lines = [text[i:i + 96] for i in range(0, len(text), 96)]
    print(f"inline constexpr std::string_view {name} =")
    print("\n".join(f'    "{line}"' for line in lines) + ";")
print("\n}  // namespace posbench::sm2_answers")
