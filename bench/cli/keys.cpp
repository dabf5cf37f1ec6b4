#include <algorithm>
#include <iostream>

#include <fmt/format.h>

#include "bench/cli/commands.hpp"
#include "bench/cli/keys_file.hpp"
#include "bench/cli/new_file.hpp"
#include "bench/judge/verdict.hpp"
#include "bench/station/station.hpp"
#include "drivers/protocols/emv/authority_key.hpp"

namespace posbench::cli {
namespace {

PkiKeys load(const std::string& file) {
    return read_pki(station::load_one_fixture(station::find_library(), "keys", file, station::Keys::by_name));
}

emv::AuthorityKeyName name_of(const std::string& rid, const std::string& index) {
    emv::AuthorityKeyName name;
    const Bytes octets = hex(rid);
    std::copy(octets.begin(), octets.end(), name.rid.begin());
    name.index = hex(index).front();
    return name;
}

}  // namespace

int keys_generate(const KeysGenerateArguments& arguments) {
    if (const std::string wrong = wrong_sizes(arguments); !wrong.empty()) {
        std::cerr << "posbench: " << wrong << '\n';
        return judge::exit_code::usage;
    }
    const auto& output = arguments.output;
    if (!output.empty())
        if (const std::string why = refuses_new_file(output, arguments.force); !why.empty()) {
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
    const PkiKeys keys = load(arguments.file);
    std::cout << fmt::format("{:16}  {:>4}  {:8}  SHA-1 of the modulus\n", "entry", "bits", "exponent");
    for (const auto& [name, key] : keys.public_keys())
        std::cout << fmt::format("{:16}  {:4}  {:8}  {}\n", name, 8 * key->size(),
                                 key->exponent().size() == 1 ? "3" : "65537",
                                 to_hex(crypto::sha1(key->modulus())));
    const auto* authority = keys.authority_key();
    if (authority && !arguments.rid.empty()) {
        const auto name = name_of(arguments.rid, arguments.index);
        std::cout << fmt::format("\ncheck sum of the authority's key as {} {:02X}: {}\n", to_hex(name.rid),
                                 name.index, to_hex(emv::check_sum(name, *authority)));
    }
    return judge::exit_code::passed;
}

int keys_capk(const KeysCapkArguments& arguments) {
    const PkiKeys keys = load(arguments.file);
    const auto* authority = keys.authority_key();
    if (!authority) {
        std::cerr << "posbench: " << arguments.file << " has neither 'authority_public' nor 'authority'\n";
        return judge::exit_code::usage;
    }
    const auto name = name_of(arguments.rid, arguments.index);
    std::cout << fmt::format(
        "[[authority_key]]\nrid            = \"{}\"\nindex          = \"{:02X}\"\n"
        "modulus        = \"{}\"\nexponent       = \"{}\"\nhash_algorithm = \"01\"\n"
        "checksum       = \"{}\"\n",
        to_hex(name.rid), name.index, to_hex(authority->modulus()), to_hex(authority->exponent()),
        to_hex(emv::check_sum(name, *authority)));
    return judge::exit_code::passed;
}

}  // namespace posbench::cli
