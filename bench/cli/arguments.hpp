#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "reports/console.hpp"

/// The command line as data. One struct a command; parse() fills one or says why not.
namespace posbench::cli {

struct Selection {
    std::vector<std::filesystem::path> paths;  ///< files or folders; default: the library's scenarios
    std::vector<std::string> tags;             ///< any of these
    std::vector<std::string> only;             ///< globs over case identifiers, any of these
    std::vector<std::string> overrides;        ///< PATH=VALUE, laid on [given]
    std::string station = "emulated";
};

struct RunArguments {
    Selection selection;
    std::uint64_t seed = 1;
    int repeat = 1;
    int jobs = 0;  ///< 0: one a processor in virtual time, one in real time
    std::filesystem::path report = "posbench-report";
    bool no_report = false;
    bool quiet = false;
    std::string metrics;  ///< endpoint; empty: none
};
struct ListArguments {
    std::string what = "scenarios";
    Selection selection;
};
struct ShowArguments {
    std::filesystem::path file;
};
struct ValidateArguments {
    Selection selection;
};
struct JudgeArguments {
    std::filesystem::path trace;
    std::optional<std::filesystem::path> scenario;
};
struct SchemaArguments {};
struct DoctorArguments {
    bool repair = false;
};
struct VersionArguments {};
struct CardShowArguments {
    std::string image;  ///< of the card commands: a name of fixtures/cards, or a file
    bool clear = false;
};
struct CardApduArguments {
    std::string image;
    std::vector<std::string> commands;  ///< one command each; empty: from `file`
    std::string file = "-";             ///< a command a line; "-": standard input
    bool get_response = true;           ///< fetches what 61xx announces, repeats after 6Cxx
    bool contactless = false;           ///< the card is in the field, not in the slot
    bool clear = false;
};
struct CardServeArguments {
    std::string image;
    std::string reader = "vpcd";
    std::string address;  ///< ADDRESS:PORT; empty: where the reader is customarily found
    bool image_timing = false;
    bool contactless = false;  ///< the card is in the field, not in the slot
    bool quiet = false;
    std::filesystem::path trace;  ///< empty: none
};

struct CardImportArguments {
    std::string log;               ///< "-": standard input
    std::size_t card = 0;          ///< which of several cards, from 1; 0: there is one
    std::filesystem::path output;  ///< empty: standard output
    bool force = false;            ///< an existing file is replaced
};

struct KeysGenerateArguments {
    std::filesystem::path output;  ///< empty: standard output
    bool force = false;            ///< an existing file is replaced
    bool sm2 = false;              ///< SM2 keys, which have no sizes and no PIN encipherment key
    /// Bits of the moduli; no PIN encipherment key: 0.
    std::size_t authority_bits = 1408, issuer_bits = 1152, card_bits = 1024, pin_bits = 1024;
    std::uint32_t exponent = 3;
};
struct KeysShowArguments {
    std::string file;  ///< also of capk: a name of fixtures/keys, or a file
    std::string rid, index;
};
struct KeysCapkArguments {
    std::string file;
    std::string rid, index;  ///< hexadecimal: ten and two digits
    std::string expires;     ///< YYMM, the last month of its use; empty: not told
    bool tlv = false;        ///< as loaders of UnionPay terminals take it
};

struct Iso8583DecodeArguments {
    std::vector<std::string> words;  ///< hexadecimal; empty: from `input`
    std::string input = "-";         ///< a file; "-": standard input
    std::string dialect = "unionpay-pos";
    std::string mac_key;  ///< hexadecimal; empty: the code is not checked
    bool clear = false;
    bool fields = false;  ///< as encode reads them
};
struct Iso8583EncodeArguments {
    std::vector<std::string> words;  ///< MTI, then NUMBER=VALUE each; empty: from `input`, a line each
    std::string input = "-";
    std::string dialect = "unionpay-pos";
    std::string mac_key;  ///< hexadecimal; empty: no code
    bool frame = false;
    std::string tpdu, header;  ///< hexadecimal; without them zeros, behind the TPDU's 60
};

struct HostServeArguments {
    std::string profile = "unionpay";  ///< of the host commands: a name of fixtures/hosts, or a file
    std::string listen = "127.0.0.1:8583";
    std::filesystem::path rules;      ///< empty: none but the profile's
    std::filesystem::path recording;  ///< empty: none but the profile's
    int connections = 0;              ///< 0: as the profile says
    std::uint64_t seed = 1;
    std::string log = "lines";
    std::filesystem::path trace;  ///< empty: none
    std::string metrics;          ///< endpoint; empty: none
    std::filesystem::path json;   ///< empty: none
};
struct HostLoadArguments {
    std::string connect = "127.0.0.1:8583";
    std::string profile = "load";
    int terminals = 0;  ///< 0: all of the profile
    int rate = 0;       ///< sales a second; 0: each terminal its next one at once
    std::int64_t sales = 1'000'000;
    std::string length = "10s";
};

struct HostProxyArguments {
    std::string upstream;
    std::string listen = "127.0.0.1:8583";
    std::filesystem::path record;  ///< empty: nothing is kept
    std::string dialect = "unionpay-pos";
};

using Command =
    std::variant<RunArguments, ListArguments, ShowArguments, ValidateArguments, JudgeArguments,
                 SchemaArguments, DoctorArguments, VersionArguments, CardShowArguments, CardApduArguments,
                 CardServeArguments, CardImportArguments, KeysGenerateArguments, KeysShowArguments,
                 KeysCapkArguments, Iso8583DecodeArguments, Iso8583EncodeArguments, HostServeArguments,
                 HostLoadArguments, HostProxyArguments>;

struct Arguments {
    Command command;
    reports::Language language = reports::Language::en;
    std::string colour = "auto";
    std::string line;  ///< how to run the same again, without secrets: recorded_line()
};

/// The arguments, or the exit code with which to end (help and errors have been printed).
std::variant<Arguments, int> parse(int argc, const char* const* argv);

}  // namespace posbench::cli
