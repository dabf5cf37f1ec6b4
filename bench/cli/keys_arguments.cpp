#include "bench/cli/keys_arguments.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "bench/runtime/bytes.hpp"
#include "drivers/protocols/crypto/rsa.hpp"

namespace posbench::cli {
namespace {

constexpr const char* file_help = "Key file: a name of fixtures/keys, or a file";

/// The error text CLI11 wants when `text` is not hexadecimal of `octets` octets.
CLI::Validator hexadecimal(std::size_t octets, std::string name) {
    return {[octets](std::string& text) -> std::string {
                const auto bytes = from_hex(text);
                return bytes && bytes->size() == octets
                           ? ""
                           : fmt::format("must be {} octets in hexadecimal", octets);
            },
            std::move(name)};
}

const CLI::Range key_bits(8 * crypto::rsa_least_size, 8 * crypto::rsa_most_size, "BITS");

void add_generate(CLI::App& keys, KeysGenerateArguments& generate) {
    CLI::App* command = keys.add_subcommand("generate", "Make new keys and write a key file");
    auto* output = command
                       ->add_option("--output,-o", generate.output,
                                    "Write this file, readable by its owner only (default: standard output)")
                       ->type_name("FILE");
    command->add_flag("--force", generate.force, "Replace the file when there is one")->needs(output);
    auto* sm2 = command->add_flag("--sm2", generate.sm2, "Keys of SM2 (PBOC 3.0 part 17) instead of RSA");
    command->add_option("--authority-bits", generate.authority_bits, "Certification authority: modulus")
        ->check(key_bits)
        ->capture_default_str();
    command->add_option("--issuer-bits", generate.issuer_bits, "Issuer: modulus, at most the authority's")
        ->check(key_bits)
        ->capture_default_str();
    command
        ->add_option("--card-bits", generate.card_bits, "Card (DDA and CDA): modulus, at most the issuer's")
        ->check(key_bits)
        ->capture_default_str();
    command
        ->add_option_function<std::string>(
            "--pin-bits",
            [&generate](const std::string& text) {
                generate.pin_bits = text == "none" ? 0 : std::stoul(text);
            },
            "Card's PIN encipherment key: modulus, at most the issuer's, or none")
        ->check(CLI::IsMember({"none"}) | key_bits)
        ->type_name("BITS|none")
        ->default_str("1024");
    command->add_option("--exponent", generate.exponent, "Public exponent of all of them")
        ->check(CLI::IsMember({3, 65537}))
        ->capture_default_str();
    command->footer(
        "Makes the keys of a test PKI: certification authority, issuer, card, and the card's key for\n"
        "enciphered PINs. They are RSA keys, or with --sm2 keys of SM2 (which enciphers no PINs), written\n"
        "as PEM (PKCS #8), so that any other tool reads them.\n"
        "Sizes are in steps of 8 bits; a certificate must go into a record (EMV book 2 annex D).\n"
        "These are test keys: they certify cards of this bench to terminals that were given this "
        "authority's\n"
        "key, and protect nothing.\n"
        "\n"
        "Examples:\n"
        "  posbench keys generate -o fixtures/keys/my-pki.toml\n"
        "  posbench keys generate -o small.toml --authority-bits 1024 --issuer-bits 896 --card-bits 768 \\\n"
        "      --pin-bits none --exponent 65537\n"
        "  posbench keys generate -o sm.toml --sm2\n");
    for (CLI::Option* option : command->get_options())
        if (option->get_name().ends_with("-bits") || option->get_name() == "--exponent")
            option->excludes(sm2);
}

void add_rid_and_index(CLI::App& command, std::string& rid, std::string& index, bool required) {
    auto* rid_option = command.add_option("--rid", rid, "Registered application provider: A000000333, ...")
                           ->check(hexadecimal(5, "HEX"))
                           ->required(required);
    auto* index_option =
        command.add_option("--index", index, "Certification authority public key index: 80, ...")
            ->check(hexadecimal(1, "HEX"))
            ->required(required);
    rid_option->needs(index_option);
    index_option->needs(rid_option);
}

void add_show_and_capk(CLI::App& keys, KeysArguments& arguments) {
    CLI::App* show = keys.add_subcommand("show", "Print what a key file holds, never a private number");
    show->add_option("FILE", arguments.show.file, file_help)->required();
    add_rid_and_index(*show, arguments.show.rid, arguments.show.index, false);
    show->footer(
        "Prints algorithm, exponent and a digest of every key, of symmetric ones check values; with --rid "
        "and --index also the check\n"
        "sum of the authority's key (EMV book 2 clause 11.2), by which a terminal's list is compared.\n"
        "\n"
        "Examples:\n"
        "  posbench keys show test-pki\n"
        "  posbench keys show unionpay-test\n"
        "  posbench keys show my-pki.toml --rid A000000333 --index 80\n");

    CLI::App* capk =
        keys.add_subcommand("capk", "Print the authority's public key as terminals are given it");
    capk->add_option("FILE", arguments.capk.file, file_help)->required();
    add_rid_and_index(*capk, arguments.capk.rid, arguments.capk.index, true);
    capk->add_option("--expires", arguments.capk.expires, "The last month in which the key may be used")
        ->type_name("YYMM");
    capk->add_flag("--tlv", arguments.capk.tlv,
                   "As loaders of UnionPay terminals take it: 9F06 9F22 DF05 DF06 DF07 DF02 DF04 DF03, RSA "
                   "alone; needs --expires");
    capk->footer(
        "Prints an [[authority_key]] of a terminal profile (fixtures/terminals), whose values are also what "
        "the\n"
        "key loader of a real terminal asks for. A profile's keys take the place of those that it extends.\n"
        "\n"
        "Examples:\n"
        "  posbench keys capk test-pki --rid A000000333 --index 80\n"
        "  posbench keys capk test-pki --rid A000000333 --index 80 --expires 3012 --tlv\n"
        "  echo 'extends = \"countertop\"' > fixtures/terminals/mine.toml\n"
        "  posbench keys capk my-pki.toml --rid A000000003 --index 99 >> fixtures/terminals/mine.toml\n");
}

}  // namespace

void add_keys(CLI::App& app, KeysArguments& arguments) {
    CLI::App* keys = app.add_subcommand("keys", "Keys of a test PKI for offline data authentication");
    keys->require_subcommand(1);
    keys->footer("posbench keys COMMAND --help tells more of each, with examples.\n");
    add_generate(*keys, arguments.generate);
    add_show_and_capk(*keys, arguments);
}

Command chosen_keys_command(const CLI::App& keys, const KeysArguments& arguments) {
    const std::string name = keys.get_subcommands().front()->get_name();
    if (name == "generate") return arguments.generate;
    if (name == "show") return arguments.show;
    return arguments.capk;
}

}  // namespace posbench::cli
