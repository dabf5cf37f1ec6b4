#include "drivers/card/emulated/fault_programme.hpp"

#include <set>

#include "bench/trace/vocabulary.hpp"
#include "drivers/card/command_words.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/card/fixtures.hpp"

using namespace posbench;
using namespace posbench::card;

namespace {

std::vector<FaultRule> read(std::string_view text) {
    const config::Value settings = config::load_text(text, "card.toml");
    config::Reader reader(settings, "the card image");
    return read_fault_programme(reader);
}

/// The message about one rule.
std::string refusal(std::string_view keys) {
    try {
        read("[[fault]]\n" + std::string(keys));
    } catch (const config::ConfigError& error) {
        return error.what();
    }
    return "accepted";
}

/// Numbers of the rules that act on these commands, 0 for none.
std::vector<int> acting(const std::vector<FaultRule>& rules, const std::vector<std::string>& commands,
                        Interface interface = Interface::contact) {
    FaultProgramme programme(rules, runtime::Random(1));
    std::vector<int> numbers;
    for (const std::string& command : commands) {
        const bool reset = command == "reset" || command == "activation";
        const Bytes octets = reset ? Bytes() : hex(command);
        const auto due = programme.due(interface, reset ? command : command_name(octets), octets);
        const FaultRule* rule = programme.acting(due, [] { return hex("70009000"); });
        numbers.push_back(rule ? rule->number : 0);
    }
    return numbers;
}

std::string altered(std::string_view effect, std::string_view answer, std::uint64_t seed = 1) {
    const auto rules = read("[[fault]]\non = 'any'\n" + std::string(effect));
    FaultProgramme programme(rules, runtime::Random(seed));
    const auto octets = programme.altered(rules.at(0), hex(answer));
    return octets ? to_hex(*octets) : "as it was";
}

}  // namespace

TEST_CASE("Faults: a rule is checked to the last key") {
    CHECK(refusal("on = 'READ RECORD'\ndo = 'mute'") == "accepted");
    CHECK(refusal("on = 'INS 4A'\ndo = 'mute'") == "accepted");
    CHECK(refusal("do = 'mute'").find("on") != std::string::npos);
    CHECK(refusal("on = 'READ RECORDS'\ndo = 'mute'").find("did you mean 'READ RECORD'") !=
          std::string::npos);
    CHECK(refusal("on = 'READ RECORDS'\ndo = 'mute'")
              .starts_with("card.toml:2:6: on must be one of any, reset"));
    CHECK(refusal("on = 'any'\ndo = 'mtue'").find("did you mean 'mute'") != std::string::npos);
    CHECK(refusal("on = 'any'\ndo = 'mute'\nsw = '6A80'").find("unknown key 'sw' in [[fault]]") !=
          std::string::npos);
    CHECK(refusal("on = 'any'\ndo = 'mute'\nnth = 0").starts_with("card.toml:4:7: nth"));
    CHECK(refusal("on = 'any'\ndo = 'mute'\nnth = 2\nevery = true") ==
          "card.toml:4:7: nth: has no meaning with every = true");
    CHECK(refusal("on = 'any'\ndo = 'mute'\nheader = '80AE'") ==
          "card.toml:4:10: header: must be CLA INS P1 P2 in eight of 0-9, A-F and X for any digit");
    CHECK(refusal("on = 'any'\ndo = 'mute'\ninterface = 'contacts'").find("did you mean 'contact'") !=
          std::string::npos);
    CHECK(refusal("on = 'reset'\ndo = 'mute'\ninterface = 'contact'") ==
          "card.toml:4:13: interface: has no meaning with on = \"reset\"");
    CHECK(refusal("on = 'reset'\ndo = 'status'\nsw = '6F00'") ==
          "card.toml:3:6: do: a reset has no status word");
    CHECK(refusal("on = 'any'\ndo = 'status'\nsw = '1234'") ==
          "card.toml:4:6: sw: must be a status word, 61XX to 6FXX or 9XXX");
    CHECK(refusal("on = 'any'\ndo = 'garbage_atr'").find("needs on = \"reset\"") != std::string::npos);
    CHECK(refusal("on = 'reset'\ndo = 'corrupt_block'") == "card.toml:3:6: do: a reset has no blocks");
    CHECK(refusal("on = 'any'\ndo = 'corrupt_block'\ntimes = 0").starts_with("card.toml:4:9: times"));
    CHECK(refusal("on = 'any'\ndo = 'corrupt'\nat = 0\nxor = '00'") ==
          "card.toml:5:7: xor: must be one octet that is not 00");
    // No answer has an octet there, or is longer.
    CHECK(refusal("on = 'any'\ndo = 'corrupt'\nat = 258") ==
          "card.toml:4:6: at must be between -258 and 257, not 258");
    CHECK(refusal("on = 'any'\ndo = 'truncate'\nlength = 258").find("between 0 and 257") !=
          std::string::npos);
    CHECK(refusal("on = 'any'\ndo = 'append'").find("octets") != std::string::npos);
    CHECK(refusal("on = 'any'\ndo = 'delay'").find("time") != std::string::npos);
    CHECK(refusal("on = 'any'\ndo = 'delay'\ntime = '1h'") == "accepted");
    CHECK(refusal("on = 'any'\ndo = 'delay'\ntime = '3601s'") == "card.toml:4:8: time: must be at most 1h");
    CHECK(refusal("on = 'reset'\ndo = 'delay'\ntime = '10000h'") ==
          "card.toml:4:8: time: must be at most 1h");
    CHECK(refusal("on = 'reset'\ndo = 'delay'\ntime = '1s'\nextension = true") ==
          "card.toml:5:13: extension: no card can ask for more time at a reset");
    CHECK(refusal("on = 'any'\ndo = 'delay'\ntime = '0s'") ==
          "card.toml:4:8: time: must be more than nothing");
    CHECK(refusal("on = 'any'\ndo = 'remove'\nwhen = 'later'").find("before, working, during, after") !=
          std::string::npos);
    CHECK(refusal("on = 'reset'\ndo = 'remove'\nwhen = 'working'") ==
          "card.toml:4:8: when: a reset has no command that the chip works at");
}

TEST_CASE("Faults: a header is of the command that is named, and an instruction has one name") {
    CHECK(refusal("on = 'SELECT'\nheader = '00B2XXXX'\ndo = 'mute'") ==
          "card.toml:3:10: header: never comes with on = \"SELECT\": no such command begins with 00B2");
    CHECK(refusal("on = 'INS 4A'\nheader = 'XX4BXXXX'\ndo = 'mute'").find("never comes") !=
          std::string::npos);
    // Octets that begin like a PIN block are no command of that name.
    CHECK(refusal("on = 'GENERATE AC'\nheader = '24AEXXXX'\ndo = 'mute'") == "accepted");
    CHECK(refusal("on = 'INS 12'\nheader = '2412XXXX'\ndo = 'mute'").find("never comes") !=
          std::string::npos);
    for (const char* header : {"00A4XXXX", "XXXXXX00", "XXAX0400", "0XX4XXXX"})
        CHECK(refusal("on = 'SELECT'\ndo = 'mute'\nheader = '" + std::string(header) + "'") == "accepted");
    CHECK(refusal("on = 'any'\nheader = '00B2XXXX'\ndo = 'mute'") == "accepted");

    CHECK(refusal("on = 'INS 20'\ndo = 'mute'") ==
          "card.toml:2:6: on: INS 20 is VERIFY: write that (did you mean 'VERIFY'?)");
    for (const char* on : {"INS ZZ", "INS 4a", "INS 4", "INS 4AA", "INS "})
        CHECK(refusal("do = 'mute'\non = '" + std::string(on) + "'")
                  .find("INS is followed by two hexadecimal digits, 0-9 and A-F, such as \"INS 4A\"") !=
              std::string::npos);
    CHECK(refusal("on = 'READ'\ndo = 'mute'").find("INS and two hexadecimal digits") != std::string::npos);
}

TEST_CASE("Faults: data of a command, turns and the delay before an effect are checked") {
    CHECK(refusal("on = 'SELECT'\ndo = 'mute'\ndata = '315041592E 5359532E4444463031'") == "accepted");
    for (const char* data : {"'315'", "''", "'3g'"})
        CHECK(refusal("on = 'SELECT'\ndo = 'mute'\ndata = " + std::string(data)) ==
              "card.toml:4:8: data: must be 1 to 255 octets in 0-9, A-F and X for any digit");
    CHECK(refusal("on = 'reset'\ndo = 'mute'\ndata = '31'") ==
          "card.toml:4:8: data: has no meaning with on = \"reset\"");
    CHECK(refusal("on = 'any'\ndo = 'mute'\nfrom = 0").starts_with("card.toml:4:8: from"));
    CHECK(refusal("on = 'any'\ndo = 'mute'\nfrom = 2\nnth = 3") ==
          "card.toml:5:7: nth: has no meaning with from");
    CHECK(refusal("on = 'any'\ndo = 'mute'\nfrom = 2\nevery = false") ==
          "card.toml:5:9: every: has no meaning with from");
    CHECK(refusal("on = 'any'\ndo = 'mute'\nafter = true\ndelay = '1s'") == "accepted");
    for (const char* effect : {"do = 'mute'", "do = 'remove'\nwhen = 'before'"})
        CHECK(refusal("on = 'any'\ndelay = '1s'\n" + std::string(effect)) ==
              "card.toml:3:9: delay: has no meaning: the card does not work at the command");
    CHECK(refusal("on = 'any'\ndo = 'delay'\ntime = '1s'\ndelay = '1s'") ==
          "card.toml:5:9: delay: has no meaning with do = \"delay\", whose time is 'time'");
    CHECK(refusal("on = 'any'\ndo = 'mute'\nextension = true").find("unknown key 'extension'") !=
          std::string::npos);
}

TEST_CASE("Faults: rules count what they match, and the first that is due acts") {
    const std::vector<std::string> commands{"00B2010C00", "80AE8000", "00B2011400", "80AE4000", "00B2021400"};
    CHECK(acting(read("[[fault]]\non = 'READ RECORD'\nnth = 2\ndo = 'mute'"), commands) ==
          std::vector<int>{0, 0, 1, 0, 0});
    CHECK(acting(read("[[fault]]\non = 'READ RECORD'\nevery = true\ndo = 'mute'"), commands) ==
          std::vector<int>{1, 0, 1, 0, 1});
    CHECK(acting(read("[[fault]]\non = 'any'\nheader = '80AEXX00'\nnth = 2\ndo = 'mute'"), commands) ==
          std::vector<int>{0, 0, 0, 1, 0});
    CHECK(acting(read("[[fault]]\non = 'any'\nheader = 'XXB20X14'\ndo = 'mute'"), commands) ==
          std::vector<int>{0, 0, 1, 0, 0});
    // Both are due on the first command: the one behind misses its turn.
    CHECK(acting(read("[[fault]]\non = 'any'\ndo = 'mute'\n[[fault]]\non = 'READ RECORD'\ndo = 'mute'\n"
                      "[[fault]]\non = 'GENERATE AC'\ndo = 'mute'"),
                 commands) == std::vector<int>{1, 3, 0, 0, 0});
    CHECK(acting(read("[[fault]]\non = 'READ RECORD'\nfrom = 2\ndo = 'mute'"), commands) ==
          std::vector<int>{0, 0, 1, 0, 1});
    // A reset is no command.
    CHECK(acting(read("[[fault]]\non = 'any'\ndo = 'mute'"), {"reset", "activation", "00B2010C00"}) ==
          std::vector<int>{0, 0, 1});
    CHECK(acting(read("[[fault]]\non = 'reset'\nnth = 2\ndo = 'mute'"), {"reset", "activation", "reset"}) ==
          std::vector<int>{0, 0, 1});
}

TEST_CASE("Faults: a command is told from another by what its data begin with") {
    const std::vector<std::string> commands{"00A404000E315041592E5359532E444446303100",
                                            "00A4040007A000000333010100", "00A4040008A00000033301010200",
                                            "00A40400"};
    const auto with_data = [&](const std::string& data) {
        return acting(read("[[fault]]\non = 'SELECT'\nevery = true\ndo = 'mute'\ndata = '" + data + "'"),
                      commands);
    };
    CHECK(with_data("315041592E") == std::vector<int>{1, 0, 0, 0});
    CHECK(with_data("A0 00 00 03 33 01 01 02") == std::vector<int>{0, 0, 1, 0});
    CHECK(with_data("XX00") == std::vector<int>{0, 1, 1, 0});
}

TEST_CASE("Faults: a rule that would change nothing leaves its turn to the next that is due") {
    const std::string mute = "[[fault]]\non = 'any'\ndo = 'mute'\n";
    for (const char* effect : {"do = 'corrupt'\nat = 4", "do = 'truncate'\nlength = 4"}) {
        INFO(effect);
        const std::string idle = "[[fault]]\non = 'any'\n" + std::string(effect) + "\n";
        CHECK(acting(read(idle + mute), {"00B2010C00"}) == std::vector<int>{2});
        CHECK(acting(read(mute + idle), {"00B2010C00"}) == std::vector<int>{1});
        CHECK(acting(read(idle), {"00B2010C00"}) == std::vector<int>{0});
    }
    // What was answered without a fault is asked once at most, and not where it decides nothing.
    const auto rules = read(
        "[[fault]]\non = 'any'\ndo = 'corrupt'\nat = 9\n[[fault]]\non = 'any'\n"
        "do = 'truncate'\nlength = 9\n" +
        mute);
    FaultProgramme programme(rules, runtime::Random(1));
    int asked = 0;
    const auto answer = [&] {
        ++asked;
        return hex("9000");
    };
    const auto due = programme.due(Interface::contact, "READ RECORD", hex("00B2010C00"));
    CHECK(due.size() == 3);
    CHECK(programme.acting(due, answer) == &rules[2]);
    CHECK(asked == 1);
    CHECK(programme.acting(std::span(due).subspan(2), answer) == &rules[2]);
    CHECK(asked == 1);
}

TEST_CASE("Faults: why a rule never acted") {
    const auto rules = read(
        "[[fault]]\non = 'READ RECORD'\nnth = 2\ndo = 'truncate'\nlength = 40\n"
        "[[fault]]\non = 'any'\nnth = 2\ndo = 'mute'\n"
        "[[fault]]\non = 'any'\nnth = 2\ndo = 'status'\nsw = '6F00'\n"
        "[[fault]]\non = 'READ RECORD'\nnth = 3\ndo = 'mute'");
    FaultProgramme programme(rules, runtime::Random(1));
    const Bytes command = hex("00B2010C00");
    const auto answer = [] { return hex("70009000"); };
    CHECK(programme.due(Interface::contact, "READ RECORD", command).empty());
    const auto due = programme.due(Interface::contact, "READ RECORD", command);
    REQUIRE(due.size() == 3);
    const FaultRule* rule = programme.acting(due, answer);
    REQUIRE(rule == &rules[1]);
    programme.acted(*rule);
    std::vector<std::string> why;
    for (const auto& idle : programme.idle()) why.emplace_back(idle.why);
    CHECK(why == std::vector<std::string>{"was due, but would have changed nothing",
                                          "was due, but another rule acted first", "never acted"});
}

TEST_CASE("Faults: a rule may be of one interface alone") {
    const auto rules = read("[[fault]]\non = 'any'\ninterface = 'contactless'\ndo = 'mute'");
    CHECK(acting(rules, {"80AE8000"}, Interface::contact) == std::vector<int>{0});
    CHECK(acting(rules, {"80AE8000"}, Interface::contactless) == std::vector<int>{1});
}

TEST_CASE("Faults: what is left of an answer") {
    CHECK(altered("do = 'corrupt'\nat = 1\nxor = 'FF'", "00112233") == "00EE2233");
    CHECK(altered("do = 'corrupt'\nat = -1\nxor = '01'", "00112233") == "00112232");
    CHECK(altered("do = 'corrupt'\nat = -4\nxor = '01'", "00112233") == "01112233");
    CHECK(altered("do = 'corrupt'\nat = 4\nxor = '01'", "00112233") == "as it was");
    CHECK(altered("do = 'corrupt'\nat = -5\nxor = '01'", "00112233") == "as it was");
    CHECK(altered("do = 'truncate'\nlength = 3", "00112233") == "001122");
    CHECK(altered("do = 'truncate'\nlength = 0", "00112233") == "");
    CHECK(altered("do = 'truncate'\nlength = 4", "00112233") == "as it was");
    CHECK(altered("do = 'append'\noctets = 'AABB'", "9000") == "9000AABB");
    CHECK(altered("do = 'mute'", "9000") == "as it was");
}

TEST_CASE("Faults: what is drawn is the same for the same seed, and never nothing") {
    std::set<std::string> seen;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        const std::string once = altered("do = 'corrupt'\nat = 0", "9000", seed);
        CHECK(once == altered("do = 'corrupt'\nat = 0", "9000", seed));
        CHECK(once != "9000");
        seen.insert(once);
    }
    CHECK(seen.size() > 30);
}

TEST_CASE("Faults: the place of a damaged octet can be drawn") {
    std::set<std::string> seen;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        const std::string once = altered("do = 'corrupt'\nxor = 'FF'", "00009000", seed);
        CHECK(once == altered("do = 'corrupt'\nxor = 'FF'", "00009000", seed));
        seen.insert(once);
    }
    CHECK(seen == std::set<std::string>{"FF009000", "00FF9000", "00006F00", "000090FF"});
    CHECK(altered("do = 'corrupt'", "") == "as it was");
}

TEST_CASE("Faults: the trace knows every effect, and people read each") {
    const auto rules = read(R"(
        fault = [
            { on = "GENERATE AC", header = "80AE80XX", interface = "contact", do = "delay", time = "3s" },
            { on = "any", every = true, do = "status", sw = "6F00" },
            { on = "GENERATE AC", nth = 2, do = "mute", after = true },
            { on = "READ RECORD", do = "corrupt", at = -3 },
            { on = "READ RECORD", do = "corrupt_block", times = 2 },
            { on = "READ RECORD", do = "truncate", length = 1 },
            { on = "SELECT", do = "append", octets = "00" },
            { on = "reset", do = "garbage_atr" },
            { on = "activation", do = "remove", when = "before" },
        ])");
    const auto more = read(R"(
        fault = [
            { on = "SELECT", data = "A0 00 00 03", from = 3, do = "corrupt", delay = "300ms" },
            { on = "VERIFY", data = "24 12", every = true, do = "mute", after = true, delay = "1s", extension = false },
            { on = "any", do = "remove", when = "working" },
        ])");
    CHECK(describe_fault(more[0]) ==
          "SELECT with data A0000003, from number 3 on: takes 0.3s longer, asking for "
          "more time, then an octet drawn of the answer differs by chance");
    CHECK(describe_fault(more[1]) ==
          "VERIFY with data given to 2 octets, every one: takes 1s longer, then no "
          "answer, though the chip has run it");
    CHECK(describe_fault(more[2]) == "any command, number 1: the card is pulled out while the chip works");

    const auto& effects = *trace::find_field(trace::Kind::card_fault, "do");
    std::vector<std::string> names, texts;
    for (const FaultRule& rule : rules) {
        names.emplace_back(fault_name(rule));
        CHECK(effects.takes(names.back()));
        texts.push_back(describe_fault(rule));
    }
    CHECK(names == std::vector<std::string>(effects.words.begin(), effects.words.end()));
    CHECK(texts == std::vector<std::string>{
                       "GENERATE AC 80AE80XX, contact, number 1: takes 3s longer, asking for more time",
                       "any command, every one: status 6F00 in place of the chip",
                       "GENERATE AC, number 2: no answer, though the chip has run it",
                       "READ RECORD, number 1: octet -3 of the answer differs by chance",
                       "READ RECORD, number 1: the first part of the answer comes damaged, 2 in succession",
                       "READ RECORD, number 1: 1 octet is left of the answer",
                       "SELECT, number 1: 1 octet behind the answer",
                       "reset, number 1: answers octets by chance",
                       "activation, number 1: the card is pulled out before it"});
}
