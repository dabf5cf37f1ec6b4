#include "bench/cli/iso8583_arguments.hpp"

#include <CLI/CLI.hpp>

namespace posbench::cli {
namespace {

constexpr const char* dialect_help = "Dialect: a name of fixtures/hosts/dialects, or a file";
constexpr const char* key_help = "Key of the message authentication code, in hexadecimal";

void add_decode(CLI::App& iso8583, Iso8583DecodeArguments& decode) {
    CLI::App* command = iso8583.add_subcommand("decode", "Print the fields of messages in hexadecimal");
    command->add_option("HEX", decode.words,
                        "The octets, in as many words as there are (default: the input)");
    command->add_option("--input,-i", decode.input, "Read the octets from this file; - is standard input")
        ->type_name("FILE")
        ->capture_default_str();
    command->add_option("--dialect,-d", decode.dialect, dialect_help)->capture_default_str();
    command->add_option("--mac-key", decode.mac_key, key_help)->type_name("HEX");
    command->add_flag("--clear", decode.clear,
                      "Show account numbers, tracks and keys whole: test cards only");
    command->add_flag("--fields", decode.fields,
                      "Print MTI and NUMBER=VALUE lines, whole, as 'encode' reads them");
    command->footer(
        "Reads what people copy: blanks, line ends, 0x, commas and colons between octets, times, addresses "
        "or\n"
        "line numbers in front of lines and characters behind them are read over; a file that is no text,\n"
        "and a message in characters, are taken as they stand. Takes frames with their lengths, one behind\n"
        "the other, a frame without, or a message alone, whichever the octets are.\n"
        "What is wrong is told with field and octet, and the exit code is 2; a dialect in which the same\n"
        "octets are whole messages is named.\n"
        "\n"
        "Examples:\n"
        "  posbench iso8583 decode 0800 0020000000C00012 000001 3130303030303031 ...\n"
        "  xclip -o | posbench iso8583 decode\n"
        "  posbench iso8583 decode -i dump.txt --dialect iso1987-ascii --clear\n");
}

void add_encode(CLI::App& iso8583, Iso8583EncodeArguments& encode) {
    CLI::App* command = iso8583.add_subcommand("encode", "Write a message in hexadecimal");
    command->add_option(
        "FIELD", encode.words,
        "Message type, then NUMBER=VALUE: characters, of binary fields hexadecimal (default: the "
        "input, one a line, with an empty line between messages)");
    command->add_option("--input,-i", encode.input, "Read them from this file; - is standard input")
        ->type_name("FILE")
        ->capture_default_str();
    command->add_option("--dialect,-d", encode.dialect, dialect_help)->capture_default_str();
    command->add_option("--mac-key", encode.mac_key, key_help)->type_name("HEX");
    auto* frame =
        command->add_flag("--frame", encode.frame, "With length, and the dialect's TPDU and header");
    command
        ->add_option("--tpdu", encode.tpdu,
                     "TPDU, five octets (default: 6000060000, as the bench's own hosts and terminals)")
        ->type_name("HEX")
        ->needs(frame);
    command->add_option("--header", encode.header, "Header, as long as the dialect's (default: zeros)")
        ->type_name("HEX")
        ->needs(frame);
    command->footer(
        "Examples:\n"
        "  posbench iso8583 encode 0820 11=000001 41=10000001 42=898100000000001 60=00000001301\n"
        "  posbench iso8583 encode 0800 7=0615223000 11=000042 70=301 --dialect iso1987-ascii --frame\n"
        "  posbench iso8583 decode -i old.txt --fields | posbench iso8583 encode --dialect iso1987-bcd\n");
}

}  // namespace

void add_iso8583(CLI::App& app, Iso8583Arguments& arguments) {
    CLI::App* iso8583 = app.add_subcommand("iso8583", "Read and write ISO 8583 messages");
    iso8583->require_subcommand(1);
    iso8583->footer("posbench iso8583 COMMAND --help tells more of each, with examples.\n");
    add_decode(*iso8583, arguments.decode);
    add_encode(*iso8583, arguments.encode);
}

Command chosen_iso8583_command(const CLI::App& iso8583, const Iso8583Arguments& arguments) {
    if (iso8583.get_subcommands().front()->get_name() == "decode") return arguments.decode;
    return arguments.encode;
}

}  // namespace posbench::cli
