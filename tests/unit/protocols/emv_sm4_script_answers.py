#!/usr/bin/env python3
"""Prints emv_sm4_script_answers.hpp: issuer scripts by the layouts of VIS and PBOC with SM4 in the place of triple DES,
computed by the openssl command alone, for the tests to hold the C++ against.

    python3 tests/unit/protocols/emv_sm4_script_answers.py > tests/unit/protocols/emv_sm4_script_answers.hpp
"""
import subprocess

H = bytes.fromhex


def sm4(mode, key, data):
    command = ["openssl", "enc", "-sm4-" + mode, "-nopad", "-K", key.hex()]
    if mode == "cbc":
        command += ["-iv", "00" * 16]
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout


def padded(data):
    return data + b"\x80" + bytes(-(len(data) + 1) % 16)


def card_key(issuer_key):
    value = H(pan[-14:] + psn)
    return sm4("ecb", issuer_key, value + bytes(octet ^ 0xFF for octet in value))


def session_key(issuer_key):
    return sm4("ecb", card_key(issuer_key),
               bytes(6) + atc + bytes(6) + bytes(octet ^ 0xFF for octet in atc))


def mac(command, size):
    header, data = command[:4] + bytes([len(command) - 5 + size]), command[5:]
    return header + data + sm4("cbc", session_key(mac_key), padded(header + atc + cryptogram + data))[-16:][:size]


def pin_block(pin, current=""):
    block = bytearray(H(f"{len(pin):02X}" + pin + "F" * (14 - len(pin))))
    for i, octet in enumerate(card_key(issuer_key)[4:8]):
        block[4 + i] ^= octet
    for i, octet in enumerate(H(current + "0" * (16 - len(current)))):
        block[i] ^= octet
    return bytes(block)


def enciphered(data):
    data = bytes([len(data)]) + data
    return sm4("ecb", session_key(encipherment_key), data if len(data) % 16 == 0 else padded(data))


def change(p2, block):
    data = enciphered(block)
    return H("842400") + bytes([p2, len(data)]) + data


pan, psn = "6210948000000011", "01"
issuer_key = H("9E15204313F7318ACB79B90BD986AD29")
mac_key = H("2315208C9110AD402315208C9110AD40")
encipherment_key = H("DCEADF736EEF52BFDCEADF736EEF52BF")
atc, cryptogram = H("0001"), H("29CCA15AE665FA2E")

answers = {
    "application_block": mac(H("841E000000"), 4),
    "application_unblock_long_mac": mac(H("8418000000"), 8),
    "put_data": mac(H("04DA9F580107"), 4),
    "pin_block": pin_block("4321"),
    "pin_block_with_current": pin_block("998877", "4321"),
    "pin_change": mac(change(2, pin_block("4321")), 4),
    "pin_change_with_current": mac(change(1, pin_block("998877", "4321")), 4),
    "enciphered_15": enciphered(bytes(range(15))),
    "enciphered_16": enciphered(bytes(range(16))),
}

print("#pragma once\n\n#include <string_view>\n")
print("/// Known answers, printed by emv_sm4_script_answers.py: issuer scripts with SM4 without the code under test.")
print("namespace posbench::sm4_script_answers {\n")
for name, value in answers.items():
    print(f"inline constexpr std::string_view {name} =\n    \"{value.hex().upper()}\";")
print("\n}  // namespace posbench::sm4_script_answers")
