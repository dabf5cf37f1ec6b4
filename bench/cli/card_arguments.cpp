#include "bench/cli/card_arguments.hpp"

#include <algorithm>
#include <map>

#include <CLI/CLI.hpp>

#include "bench/cli/argument_checks.hpp"
#include "drivers/registry.hpp"

namespace posbench::cli {
namespace {

constexpr const char* contactless_help =
    "The card is in the field; its answer to select is shown as an ATR, as PC/SC does";
constexpr const char* image_help = "Card image: a name of fixtures/cards (posbench list cards), or a file";

void add_show(CLI::App& card, CardShowArguments& show) {
    CLI::App* command = card.add_subcommand("show", "Print what is on a card, for people");
    command->add_option("IMAGE", show.image, image_help)->required();
    command->add_flag(
        "--clear", show.clear,
        "Show PAN, tracks, name and PIN as they are: for test cards, whose numbers belong to nobody");
    command->footer(
        "Prints the answer to reset; of every application its identifier, profile (AIP), records by the "
        "file\n"
        "locator (AFL) with all their data objects, the data object lists, the cardholder verification list "
        "in\n"
        "words; and the tracks of the stripe. Keys are never shown: only their names in fixtures/keys and "
        "their\n"
        "check values (first octets of zeros enciphered with the key). A PAN keeps six and four digits.\n"
        "\n"
        "Examples:\n"
        "  posbench card show unionpay-credit\n"
        "  posbench --lang zh card show my-card.toml --clear | less -R\n");
}

void add_apdu(CLI::App& card, CardApduArguments& apdu) {
    CLI::App* command = card.add_subcommand("apdu", "Send commands to a card and explain its answers");
    command->add_option("IMAGE", apdu.image, image_help)->required();
    auto* lines = command->add_option("COMMAND", apdu.commands,
                                      "One command each: hexadecimal octets, or by name (quote blanks)");
    command->add_option("--file,-f", apdu.file, "Read commands from a file, a line each; - is standard input")
        ->excludes(lines)
        ->type_name("FILE")
        ->capture_default_str();
    command->add_flag_callback(
        "--no-get-response", [&apdu] { apdu.get_response = false; },
        "Leave it to the script to fetch what 61xx announces, and to repeat after 6Cxx");
    command->add_flag("--contactless", apdu.contactless, contactless_help);
    command->add_flag("--clear", apdu.clear, "Show PAN, tracks and name as they are: for test cards");
    command->footer(
        "Without commands on the command line they are read from --file; on a terminal there is a prompt "
        "with\n"
        "history. The card lives in virtual time and answers at once; it is reset before the first command.\n"
        "\n"
        "Commands:\n"
        "  00A4040007A000000333010100   octets, blanks and colons between them allowed\n"
        "  reset                        cold reset, or activation in the field; prints the ATR\n"
        "  insert                       puts the card back that a fault pulled out, and resets it\n"
        "  select AID | pse | ppse      SELECT by name; pse is 1PAY.SYS.DDF01, ppse 2PAY.SYS.DDF01\n"
        "  gpo                          GET PROCESSING OPTIONS with what the card's PDOL asks for\n"
        "  read SFI RECORD              READ RECORD\n"
        "  records                      READ RECORD of all that the file locator names\n"
        "  dda                          INTERNAL AUTHENTICATE with what the card's DDOL asks for\n"
        "  verify PIN [enciphered]      VERIFY, plaintext PIN, or GET CHALLENGE and the PIN enciphered with\n"
        "                               the image's key for it\n"
        "  get TAG                      GET DATA\n"
        "  challenge                    GET CHALLENGE\n"
        "  ac aac|tc|arqc [cda]         GENERATE AC with what CDOL1 asks for; after an ARQC, CDOL2;\n"
        "                               cda: the cryptogram inside a signature, which is checked\n"
        "  auth [CODE] [csu HEX]        EXTERNAL AUTHENTICATE with what the image's issuer answers (ARPC):\n"
        "                               response code, two characters (what set 8A gave, 00 at first; the\n"
        "                               terminal has it in 8A then), and with ARPC method 2 a card status\n"
        "                               update of 4 octets (00800000 with code 00, else 00000000). A CDOL2\n"
        "                               with 91 gets it too, and it alone where the AIP has no issuer\n"
        "                               authentication. 91 and 8A are forgotten with the transaction\n"
        "  auth HEX                     EXTERNAL AUTHENTICATE with these 8 to 16 octets\n"
        "  script COMMAND               a command of the issuer, with secure messaging under the image's "
        "keys\n"
        "                               for this transaction, after ac: block, unblock (application),\n"
        "                               card-block, unblock-pin, pin NEWPIN [CURRENT], put TAG HEX,\n"
        "                               update SFI RECORD HEX\n"
        "  set TAG HEX                  what the terminal answers to data object lists; TVR (95) tells that "
        "no\n"
        "                               data authentication was performed, until dda, for cda, or set;\n"
        "                               9F37 is another with each gpo, unless set; 9F4C comes of a right\n"
        "                               signature\n"
        "  # expect 9000                the command before it must have ended so (x: any digit); also on its "
        "line\n"
        "  # anything else              a comment\n"
        "\n"
        "Exit codes: 0, or 1 when an expectation was not met or not judged, or a command could not be sent "
        "(it is\n"
        "said why, and what to type first), 2 for a line that is no command.\n"
        "\n"
        "Examples:\n"
        "  posbench card apdu unionpay-credit 'select A000000333010102' gpo records 'ac arqc'\n"
        "  posbench card apdu visa-credit --file sale.apdu\n"
        "  posbench card apdu unionpay-credit\n");
}

void add_serve(CLI::App& card, CardServeArguments& serve) {
    CLI::App* command = card.add_subcommand("serve", "Put a card into a reader, for other programs to use");
    command->add_option("IMAGE", serve.image, image_help)->required();
    std::vector<std::string> readers;
    for (const drivers::CardDoor& door : drivers::card_doors()) readers.emplace_back(door.name);
    command->add_option("--reader", serve.reader, "The kind of reader: vpcd, the virtual reader of pcscd")
        ->check(CLI::IsMember(readers))
        ->capture_default_str();
    command->add_option("--address", serve.address, "Where the reader listens (default: 127.0.0.1:35963)")
        ->check(check_address)
        ->type_name("ADDRESS:PORT");
    command
        ->add_option("--timing",
                     "How long the card takes: none (it answers at once), or image (as its [timing] says)")
        ->check(CLI::IsMember({"none", "image"}))
        ->type_name("TIME")
        ->default_str("none")
        ->each([&serve](const std::string& timing) { serve.image_timing = timing == "image"; });
    command->add_flag("--contactless", serve.contactless, contactless_help);
    command->add_option("--trace", serve.trace, "Write the card's events to this file, as JSON Lines")
        ->type_name("FILE");
    command->add_flag("--quiet,-q", serve.quiet, "Do not print commands and answers");
    command->footer(
        "Connects to the virtual reader (Debian: pcscd and vsmartcard-vpcd), and connects again when pcscd "
        "is\n"
        "restarted. Any PC/SC program then finds the card. Every command and answer is printed with all its "
        "data\n"
        "objects named; PAN, tracks, name and PIN are masked, there and in the trace.\n"
        "\n"
        "Ends with SIGINT (exit code 130) or SIGTERM (143).\n"
        "\n"
        "Examples:\n"
        "  posbench card serve unionpay-credit &\n"
        "  opensc-tool --atr; pcsc_scan; scriptor sale.apdu\n"
        "  posbench card serve visa-credit --timing image --trace card.jsonl --quiet\n"
        "  posbench card serve unionpay-credit --contactless\n");
}

void add_import(CLI::App& card, CardImportArguments& import) {
    CLI::App* command = card.add_subcommand("import", "Make a card image from a log of commands and answers");
    command->add_option("LOG", import.log, "The log; - is standard input")->required()->type_name("FILE");
    auto* output = command
                       ->add_option("--output,-o", import.output,
                                    "Write the image to this file (default: standard output)")
                       ->type_name("IMAGE.toml");
    command->add_flag("--force", import.force, "Replace the file when there is one")->needs(output);
    command->add_option("--card", import.card, "Which card, when the log has several: they are listed")
        ->check(CLI::Range(std::size_t{1}, std::size_t{99}))
        ->type_name("N");
    command->footer(
        "Turns what a card said at a merchant's into a card for scenarios: directory, file control "
        "information,\n"
        "profile, records, data object lists, CVM list, action codes. What the log does not tell is "
        "customary or\n"
        "left out, and a comment in the image says so; commands that the card refused are listed there.\n"
        "\n"
        "Nothing of the account gets into the image: the PAN becomes a test PAN with the same first six "
        "digits, the\n"
        "holder TEST/CARD, discretionary data zeros; certificates, cryptograms and objects that nobody "
        "described are\n"
        "left out, offline data authentication is taken off the AIP. Standard error tells what was "
        "replaced.\n"
        "\n"
        "Digits that were masked in the log (* or X) hide the data object they are in: it is left out and "
        "named, for\n"
        "each record. Of a masked PAN six and four digits stay, the others are invented.\n"
        "\n"
        "Forms of logs, found out line by line, other lines between them allowed:\n"
        "  scriptor            > 00 A4 04 00 ...          < 6F ... 90 00 : Normal processing.\n"
        "  opensc-tool -s      Sending: 00 A4 ...         Received (SW1=0x90, SW2=0x00): and a dump\n"
        "  OpenSC's debug log  Outgoing APDU ...          Incoming APDU ..., each with a dump\n"
        "  GlobalPlatformPro   A>> T=1 (4+0010) 00A40400  A<< (0018+2) (26ms) 6F ... 9000\n"
        "  pcsc-spy            bSendBuffer and a dump     bRecvBuffer and a dump\n"
        "  pcscd --apdu        APDU: 00 A4 ...            SW: 6F ... 90 00\n"
        "  marked lines        C-APDU: Tx: >> => --> 发送 R-APDU: Rx: << <= <-- 接收\n"
        "  one line for both   {\"cmd\":\"...\",\"rsp\":\"...\"}  transceive(00A4...) = 6F...9000\n"
        "  posbench            a trace (JSON Lines)\n"
        "  octets alone        a line the command, the next one the answer\n"
        "A status word may stand behind the data, before them, in parentheses, or in a line of its own. Text "
        "is UTF-8\n"
        "or UTF-16. drivers/card/README.md lists all forms.\n"
        "\n"
        "Exit codes: 0, or 2 for a log without commands and answers of an application, or one that cannot "
        "be read,\n"
        "for one with several cards without --card, and for a file that exists.\n"
        "\n"
        "Examples:\n"
        "  posbench card import refused.log -o fixtures/cards/refused.toml\n"
        "  posbench card show refused\n"
        "  posbench run scenarios/card/chip-sale.toml --set 'card.image=\"refused\"' \\\n"
        "      --set 'host.account.imported={pan=\"4761730000000003\", psn=\"02\", balance=\"100000.00\"}'\n"
        "    (the host must know the account: a comment in the image has these three values)\n"
        "  scriptor read-all.apdu | posbench card import -\n");
}

}  // namespace

void add_card(CLI::App& app, CardArguments& arguments) {
    CLI::App* card =
        app.add_subcommand("card", "A programmable card by itself: show it, talk to it, serve it");
    card->require_subcommand(1);
    card->footer("posbench card COMMAND --help tells more of each, with examples.\n");
    add_show(*card, arguments.show);
    add_apdu(*card, arguments.apdu);
    add_serve(*card, arguments.serve);
    add_import(*card, arguments.import);
}

Command chosen_card_command(const CLI::App& card, const CardArguments& arguments) {
    const std::string name = card.get_subcommands().front()->get_name();
    if (name == "show") return arguments.show;
    if (name == "apdu") return arguments.apdu;
    if (name == "import") return arguments.import;
    return arguments.serve;
}

}  // namespace posbench::cli
