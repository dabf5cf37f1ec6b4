#include <algorithm>
#include <iostream>

#include <fmt/format.h>

#include "bench/cli/commands.hpp"
#include "bench/cli/keys_file.hpp"
#include "bench/cli/new_file.hpp"
#include "bench/judge/verdict.hpp"
#include "bench/station/station.hpp"
#include "drivers/protocols/crypto/check_value.hpp"
#include "drivers/protocols/crypto/crypto.hpp"
#include "drivers/protocols/emv/authority_key.hpp"
#include "drivers/protocols/emv/dates.hpp"

namespace posbench::cli {
namespace {

KeyFile load(const std::string& file) {
    return read_key_file(
        station::load_one_fixture(station::find_library(), "keys", file, station::Keys::by_name));
}

emv::AuthorityKeyName name_of(const std::string& rid, const std::string& index) {
    emv::AuthorityKeyName name;
    const Bytes octets = hex(rid);
    std::copy(octets.begin(), octets.end(), name.rid.begin());
    name.index = hex(index).front();
    return name;
}

/// x | y, 64 octets.
Bytes point_of(const crypto::Sm2PublicKey& key) {
    Bytes point(key.x().begin(), key.x().end());
    point.insert(point.end(), key.y().begin(), key.y().end());
    return point;
}

std::string digest_of(const crypto::PublicKey& key) {
    if (const auto* rsa = std::get_if<crypto::RsaPublicKey>(&key))
        return to_hex(crypto::sha1(rsa->modulus()));
    return to_hex(crypto::sm3(point_of(std::get<crypto::Sm2PublicKey>(key))));
}

/// Never the keys; the file does not tell for which of the ciphers they are.
void show_symmetric(const std::vector<SymmetricKey>& keys) {
    std::cout << fmt::format("{:16}  {:14}  {:12}  SM4\n", "entry", "key", "triple DES");
    for (const auto& [name, octets] : keys)
        std::cout << fmt::format("{:16}  {:14}  {:12}  {}\n", name, fmt::format("{} octets", octets.size()),
                                 to_hex(crypto::key_check_value(octets)),
                                 octets.size() == 16 ? to_hex(crypto::sm4_check_value(octets)) : "-");
    std::cout << "\nThe check values are the first octets of zeros enciphered with the key.\n";
}

void show_pki(const PkiKeys& keys) {
    std::cout << fmt::format("{:16}  {:14}  {:8}  digest\n", "entry", "key", "exponent");
    for (const auto& [name, key] : keys.public_keys()) {
        const auto* rsa = std::get_if<crypto::RsaPublicKey>(&key);
        std::cout << fmt::format("{:16}  {:14}  {:8}  {}\n", name, crypto::describe(key),
                                 !rsa                          ? "-"
                                 : rsa->exponent().size() == 1 ? "3"
                                                               : "65537",
                                 digest_of(key));
    }
    std::cout << "\nThe digest is SHA-1 of the modulus (RSA), or SM3 of the point x | y (SM2).\n";
}

}  // namespace

int keys_generate(const KeysGenerateArguments& arguments) {
    if (const std::string wrong = wrong_sizes(arguments); !wrong.empty()) {
        std::cerr << "posbench: " << wrong << '\n';
        return judge::exit_code::usage;
    }
    const auto& output = arguments.output;
    if (!output.empty())
        if (const std::string why =
                refuses_new_file(output, arguments.force ? Existing::replaced : Existing::kept_unless);
            !why.empty()) {
            std::cerr << "posbench: " << why << '\n';
            return judge::exit_code::usage;
        }
    const std::string text = to_toml(generate_pki(arguments));
    if (output.empty()) {
        std::cout << text;
        return judge::exit_code::passed;
    }
    write_new_file(output, text, arguments.force, Readers::owner);
    return judge::exit_code::passed;
}

int keys_show(const KeysShowArguments& arguments) {
    const auto [keys, symmetric] = load(arguments.file);
    const bool has_pki = !keys.public_keys().empty();
    if (has_pki) show_pki(keys);
    if (has_pki && !symmetric.empty()) std::cout << '\n';
    if (!symmetric.empty()) show_symmetric(symmetric);
    const auto authority = keys.authority_key();
    if (!authority || arguments.rid.empty()) return judge::exit_code::passed;
    const auto name = name_of(arguments.rid, arguments.index);
    if (const auto* rsa = std::get_if<crypto::RsaPublicKey>(&*authority))
        std::cout << fmt::format("\ncheck sum of the authority's key as {} {:02X}: {}\n", to_hex(name.rid),
                                 name.index, to_hex(emv::check_sum(name, *rsa)));
    else
        std::cout << "\nEMV book 2 lays down a check sum for RSA keys only.\n";
    return judge::exit_code::passed;
}

int keys_capk(const KeysCapkArguments& arguments) {
    const PkiKeys keys = load(arguments.file).pki;
    const auto authority = keys.authority_key();
    if (!authority) {
        std::cerr << "posbench: " << arguments.file << " has neither 'authority_public' nor 'authority'\n";
        return judge::exit_code::usage;
    }
    const auto name = name_of(arguments.rid, arguments.index);
    if (!arguments.expires.empty() && !emv::parse_month(arguments.expires)) {
        std::cerr << "posbench: --expires must be YYMM, as in 3012\n";
        return judge::exit_code::usage;
    }
    if (arguments.tlv) {
        const auto tlv = authority_key_tlv(name, *authority, arguments.expires);
        if (!tlv) {
            std::cerr << "posbench: --tlv: " << tlv.error().what << '\n';
            return judge::exit_code::usage;
        }
        std::cout << to_hex(*tlv) << '\n';
        return judge::exit_code::passed;
    }
    std::cout << fmt::format("[[authority_key]]\nrid            = \"{}\"\nindex          = \"{:02X}\"\n",
                             to_hex(name.rid), name.index);
    if (const auto* rsa = std::get_if<crypto::RsaPublicKey>(&*authority))
        std::cout << fmt::format(
            "modulus        = \"{}\"\nexponent       = \"{}\"\nhash_algorithm = \"01\"\n"
            "checksum       = \"{}\"\n",
            to_hex(rsa->modulus()), to_hex(rsa->exponent()), to_hex(emv::check_sum(name, *rsa)));
    else
        std::cout << fmt::format("point          = \"{}\"\nhash_algorithm = \"07\"\n",
                                 to_hex(point_of(std::get<crypto::Sm2PublicKey>(*authority))));
    if (!arguments.expires.empty()) std::cout << fmt::format("expires        = \"{}\"\n", arguments.expires);
    return judge::exit_code::passed;
}

}  // namespace posbench::cli
