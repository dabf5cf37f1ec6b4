#include <cctype>
#include <functional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tests/support/catch.hpp"
#include "tests/unit/card/import_logs.hpp"

using namespace posbench;
using namespace posbench::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

/// A command and its answer, as octets.
struct Said {
    Bytes command, data;
    std::uint16_t sw;
    Bytes answer() const {
        Bytes all = data;
        all.push_back(static_cast<std::uint8_t>(sw >> 8));
        all.push_back(static_cast<std::uint8_t>(sw));
        return all;
    }
};

const Bytes second_record = record_of(
    {object(0x57, hex("4761739001010119D30122010000012300000F")), object(0x5F20, as_bytes("ZHANG/SANFENG")),
     object(0x9F0D, hex("D86004A800")), object(0x8E, hex("000000000000000042031E031F00"))});

const std::vector<Said> said{
    {hex("00A404000E315041592E5359532E444446303100"), {}, 0x6A82},
    {hex("00A4040007A000000003101000"), hex("6F178407A0000000031010A50C500456495341870101BF0C00"), 0x9000},
    {hex("80A8000002830000"), hex("80061C0008010200"), 0x9000},
    {hex("00B2010C00"),
     record_of({object(0x5A, hex("4761739001010119")), object(0x5F24, hex("301231")),
                object(0x8C, hex("9F02069F03069F1A0295055F2A029A039C019F3704"))}),
     0x9000},
    {hex("00B2020C00"), second_record, 0x9000},
    {hex("80AE80000A00000000000000000000"), hex("80128000121122334455667788 06010A03A0B800"), 0x9000}};

std::string spaced(ByteView octets, std::string_view between = " ", std::string_view before = "") {
    std::vector<std::string> parts;
    for (const std::uint8_t octet : octets) parts.push_back(fmt::format("{}{:02X}", before, octet));
    return fmt::format("{}", fmt::join(parts, between));
}

std::string small(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

using Form = std::function<std::string(const Said&, int number)>;
std::string log_in(const Form& form) {
    std::string log;
    for (std::size_t i = 0; i < said.size(); ++i) log += form(said[i], static_cast<int>(i));
    return log;
}

/// Octets sixteen a line, `mark` before the first line, `next` before the others, characters behind or not.
std::string wrapped(ByteView octets, std::string_view mark, std::string_view next, bool characters = false) {
    std::string out;
    for (std::size_t at = 0; at < octets.size(); at += 16) {
        const ByteView part = octets.subspan(at, std::min<std::size_t>(16, octets.size() - at));
        out += fmt::format("{}{}", at == 0 ? mark : next, spaced(part));
        if (characters) {
            out += std::string(3 * (16 - part.size()) + 4, ' ');
            for (const std::uint8_t octet : part)
                out += octet >= ' ' && octet <= '~' ? static_cast<char>(octet) : '.';
        }
        out += '\n';
    }
    return out;
}

struct Named {
    std::string_view name;
    Form form;
};
const std::vector<Named> forms{
    {"scriptor",
     [](const Said& s, int) { return fmt::format("> {}\n< {}\n", spaced(s.command), spaced(s.answer())); }},
    {"pyscard",
     [](const Said& s, int) {
         return fmt::format("> {}\n<  {} {:<2X} {:<2X}\n", spaced(s.command),
                            s.data.empty() ? "[]" : spaced(s.data), s.sw >> 8, s.sw & 0xFF);
     }},
    {"jcshell",
     [](const Said& s, int) {
         return wrapped(s.command, "=> ", "   ", true) + " (1240 usec)\n" +
                wrapped(s.answer(), "<= ", "   ", true) + "Status: No Error\n";
     }},
    {"long arrows",
     [](const Said& s, int) {
         return fmt::format("--> {}\n<-- {}\n", small(to_hex(s.command)), small(to_hex(s.answer())));
     }},
    {"three arrow heads",
     [](const Said& s, int) {
         return fmt::format("[+] >>> {}\n[+] <<< {}\n", to_hex(s.command), to_hex(s.answer()));
     }},
    {"proxmark",
     [](const Said& s, int) {
         return fmt::format("[+] >>>> {}\n[+] <<<< {}\n", spaced(s.command), spaced(s.answer()));
     }},
    {"pcscd with the frames of its CCID driver",
     [](const Said& s, int i) {
         return fmt::format(
             "00000003 APDU: {}\n00000003 -> 000000 6F {:02X} 00 00 00 00 {:02X} 00 00 00 {}\n"
             "00018213 <- 000000 80 {:02X} 00 00 00 00 {:02X} 00 00 00 {}\n00000009 SW: {}\n",
             spaced(s.command), s.command.size(), i, spaced(s.command), s.data.size() + 2, i,
             spaced(s.answer()), spaced(s.answer()));
     }},
    {"counted octets",
     [](const Said& s, int) {
         return fmt::format("TX ({} bytes): {}\nRX ({} bytes): {}\n", s.command.size(), spaced(s.command),
                            s.data.size() + 2, spaced(s.answer()));
     }},
    {"counted octets in brackets",
     [](const Said& s, int) {
         return fmt::format("Tx[{}]: {}\nRx[{}]: {}\n", s.command.size(), spaced(s.command),
                            s.data.size() + 2, spaced(s.answer()));
     }},
    {"status word on its own line",
     [](const Said& s, int) {
         return fmt::format("Command: {}\nResponse: {}\nSW: {:04X}\n\n", to_hex(s.command), to_hex(s.data),
                            s.sw);
     }},
    {"status word behind an empty line",
     [](const Said& s, int) {
         return fmt::format("Command: {}\nResponse: {}\n\nSW1SW2: {:04X}\n", to_hex(s.command),
                            to_hex(s.data), s.sw);
     }},
    {"status word once more",
     [](const Said& s, int) {
         return fmt::format("Command: {}\nResponse: {}\nSW1 SW2: {:02X} {:02X}\nStatus SW={:04X}\n",
                            spaced(s.command), spaced(s.answer()), s.sw >> 8, s.sw & 0xFF, s.sw);
     }},
    {"some status words on their own line",
     [](const Said& s, int i) {
         return i < 4 ? fmt::format("C-APDU: {}\nR-APDU: {}\n", spaced(s.command), spaced(s.answer()))
                      : fmt::format("C-APDU: {}\nR-APDU: {}\nSW: {:04X}\n", spaced(s.command), spaced(s.data),
                                    s.sw);
     }},
    {"status word in parentheses",
     [](const Said& s, int) {
         return fmt::format(">> {}\n<< {} ({:04X})\n", to_hex(s.command), to_hex(s.data), s.sw);
     }},
    {"status word first, a colon",
     [](const Said& s, int) {
         return fmt::format("-> {}\n<- {:04X}: {}\n", to_hex(s.command), s.sw, to_hex(s.data));
     }},
    {"cardpeek",
     [](const Said& s, int) {
         return fmt::format("INFO       send: {}\nINFO       recv: {:04X} {}\n", to_hex(s.command), s.sw,
                            to_hex(s.data));
     }},
    {"SEND and RECV",
     [](const Said& s, int) {
         return fmt::format("SEND: {}\nRECV: {}\n", to_hex(s.command), to_hex(s.answer()));
     }},
    {"Chinese marks",
     [](const Said& s, int) {
         return fmt::format("发送：{}\n接收：{}\n", to_hex(s.command), to_hex(s.answer()));
     }},
    {"Chinese marks, others",
     [](const Said& s, int) {
         return fmt::format("指令: {}\n响应: {}\n", spaced(s.command), spaced(s.answer()));
     }},
    {"an arrow between parties",
     [](const Said& s, int) {
         return fmt::format("[10:00:00.1] 终端->卡片: {}\n[10:00:00.1] 卡片->终端: {}\n", to_hex(s.command),
                            to_hex(s.answer()));
     }},
    {"an arrow between parties, in English",
     [](const Said& s, int) {
         return fmt::format("Terminal -> Card: {}\nTerminal <- Card: {}\n", to_hex(s.command),
                            to_hex(s.answer()));
     }},
    {"a host's card emulation",
     [](const Said& s, int) {
         return fmt::format("D HceService: Received APDU: {}\nD HceService: Sending response: {}\n",
                            small(to_hex(s.command)), small(to_hex(s.answer())));
     }},
    {"transceive",
     [](const Said& s, int) {
         return fmt::format("D/EMV: transceive({}) = {}\n", to_hex(s.command), to_hex(s.answer()));
     }},
    {"numbered",
     [](const Said& s, int i) {
         return fmt::format("APDU {}: {}\nRSP {}: {}\n", i, to_hex(s.command), i, to_hex(s.answer()));
     }},
    {"lists of numbers",
     [](const Said& s, int) {
         return fmt::format("> [{}]\n< [{}]\n", spaced(s.command, ", ", "0x"),
                            spaced(s.answer(), ", ", "0x"));
     }},
    {"Send APDU and Recv APDU",
     [](const Said& s, int) {
         return fmt::format("Send APDU: {}\nRecv APDU: {}\n", to_hex(s.command), to_hex(s.answer()));
     }},
    {"Sent APDU and Received APDU",
     [](const Said& s, int) {
         return fmt::format("Sent APDU={}\nReceived APDU={}\n", spaced(s.command), spaced(s.answer()));
     }},
    {"a card's side: Received APDU and Sending APDU",
     [](const Said& s, int) {
         return fmt::format("Received APDU: {}\nSending APDU: {}\n", to_hex(s.command), to_hex(s.answer()));
     }},
    {"APDU Command and APDU Response",
     [](const Said& s, int) {
         return fmt::format("APDU Command : {}\nAPDU Response: {}\n", to_hex(s.command), to_hex(s.answer()));
     }},
    {"Request and Response behind time and class",
     [](const Said& s, int) {
         const std::string before = "2026-06-15 10:00:00,123 DEBUG Reader - ";
         return fmt::format("{}Request : {}\n{}Response : {}\n", before, to_hex(s.command), before,
                            to_hex(s.answer()));
     }},
    {"JSON",
     [](const Said& s, int) {
         return fmt::format("{{\"cmd\":\"{}\",\"rsp\":\"{}\"}}\n", small(to_hex(s.command)),
                            small(to_hex(s.answer())));
     }},
    {"XML",
     [](const Said& s, int) {
         return fmt::format("<command>{}</command>\n<response>{}</response>\n", to_hex(s.command),
                            to_hex(s.answer()));
     }},
    {"CSV",
     [](const Said& s, int i) {
         return fmt::format("{},C,{}\n{},R,{}\n", 2 * i, to_hex(s.command), 2 * i + 1, to_hex(s.answer()));
     }},
    {"wrapped, marked once",
     [](const Said& s, int) {
         return fmt::format("C-APDU: {}\n", spaced(s.command)) + wrapped(s.answer(), "R-APDU: ", "        ");
     }},
    {"wrapped, marked on each line",
     [](const Said& s, int) { return wrapped(s.command, ">> ", ">> ") + wrapped(s.answer(), "<< ", "<< "); }},
    {"carriage returns",
     [](const Said& s, int) { return fmt::format("> {}\r< {}\r", spaced(s.command), spaced(s.answer())); }},
    {"told twice, as OpenSC does with -s -vvv",
     [](const Said& s, int) {
         return fmt::format("Sending: {} \nOutgoing APDU ({} bytes):\n", spaced(s.command),
                            s.command.size()) +
                wrapped(s.command, "", "", true) + "\nIncoming APDU:\n" + wrapped(s.answer(), "", "", true) +
                fmt::format("\nReceived (SW1=0x{:02X}, SW2=0x{:02X}){}\n", s.sw >> 8, s.sw & 0xFF,
                            s.data.empty() ? "" : ":") +
                wrapped(s.data, "", "", true);
     }},
};

std::string notes_of(const ImportedImage& image) {
    return fmt::format("{}", fmt::join(image.notes, "\n"));
}

std::string in_utf16(std::string_view text, bool little) {
    std::string out = little ? "\xFF\xFE" : "\xFE\xFF";
    for (const char c : text) out += little ? std::string{c, '\0'} : std::string{'\0', c};
    return out;
}

const std::string head =
    "Sending: 00 A4 04 00 07 A0 00 00 00 03 10 10 00\nReceived (SW1=0x90, SW2=0x00):\n"
    "6F 09 84 07 A0 00 00 00 03 10 10                o..........\n"
    "Sending: 00 B2 01 0C 00\nReceived (SW1=0x90, SW2=0x00):\n";

}  // namespace

TEST_CASE(
    "Import: every form of log of the README gives the same card, without a word about lost exchanges") {
    const ImportedImage expected = imported(log_in(forms.front().form));
    REQUIRE(expected.exchanges == said.size());
    for (const Named& form : forms) {
        INFO(form.name);
        const ImportedImage image = imported(log_in(form.form));
        CHECK(image.exchanges == said.size());
        CHECK(image.toml == expected.toml);
        CHECK(image.notes == expected.notes);
    }
}

TEST_CASE("Import: a log in UTF-16, or with a byte order mark, is the same log") {
    const std::string log = log_in(forms.front().form);
    const ImportedImage expected = imported(log);
    for (const std::string& same : {in_utf16(log, true), in_utf16(log, false), "\xEF\xBB\xBF" + log}) {
        CHECK(imported(same).toml == expected.toml);
        CHECK(imported(same).exchanges == said.size());
    }
    // Marks in other letters are letters of UTF-16 too: U+53D1 U+9001 and U+63A5 U+6536 before the octets.
    std::string chinese = "\xFF\xFE";
    for (const Said& one : said)
        chinese += "\xD1\x53\x01\x90" + in_utf16(": " + to_hex(one.command) + "\n", true).substr(2) +
                   "\xA5\x63\x36\x65" + in_utf16(": " + to_hex(one.answer()) + "\n", true).substr(2);
    CHECK(imported(chinese).toml == expected.toml);
}

TEST_CASE("Import: lines are counted whatever ends them") {
    const std::string log = log_in(forms.front().form);
    for (const std::string_view end : {"\n", "\r\n", "\r"}) {
        std::string same;
        for (const char c : log + "> 00 B2 03 0C 00\n")
            same += c == '\n' ? std::string(end) : std::string(1, c);
        CHECK(imported(same).notes.at(0) == "log:13: a command without an answer, left out");
    }
}

TEST_CASE("Import: an answer without a status word, or without a command, is left out with its line") {
    const std::string log = log_in(forms.front().form);
    const ImportedImage image =
        imported(log + ">> 00B2030C00\n<< 70055F28020156\n>> 00B2040C00\n<< 6A83\nSW: 6A82\n<< 70009000\n");
    CHECK(image.notes.at(0) ==
          "log:13: an answer that does not end in a status word (61xx to 6Fxx, 90xx to 9Fxx), left out");
    CHECK(image.notes.at(1) == "log:17: an answer without a command, left out");
    CHECK(image.notes.at(2) == "log:18: an answer without a command, left out");
    CHECK(image.exchanges == said.size() + 1);
    // Of a broken record with its status word another one is no part.
    const ImportedImage broken = imported(log + ">> 00B2030C00\n<< 70055F280201569F9000\nSW: 6A82\n");
    CHECK(broken.notes.at(0) == "log:15: an answer without a command, left out");
    CHECK(broken.exchanges == said.size() + 1);
    CHECK(imported(log + "<< (9000\n<< (SW: 9000\n").notes == imported(log).notes);  // it never ends
    // What programs say of their own memory is no answer.
    CHECK(imported(log + "Got args: aid=0x7f003f6025b0, aidlen=9, response=0x7ffdf36efe70\n").notes ==
          imported(log).notes);
}

TEST_CASE("Import: of a dump the hexadecimal counts, whatever stands in its column of characters") {
    const std::string octets = "70 0F 5F 20 05 44 4F 45 20 4A 9F 1F 04 30 30 30 \n";
    const std::string last = "30                                              ";
    const std::string whole = "70 0F 5F 20 05 44 4F 45 20 4A 9F 1F 04 30 30 30 ";
    for (const std::string characters :
         {"p._ .DOE J...000", "p._ .********...", "p._..DOE.J...000", "xxxxxxxxxxxxxxxx", ""})
        for (const std::string& end :
             {last + "0", last + "*", std::string("30 0"), std::string("30 *"), std::string("30")})
            CHECK_THAT(imported(head + whole + characters + "\n" + end + "\n").toml,
                       ContainsSubstring("holds              = [\"5F20\", \"9F1F\"]"));
}

TEST_CASE("Import: a dump that cannot be understood is cut, its record left out, and the line told") {
    const std::string good =
        "Sending: 00 B2 02 0C 00\nReceived (SW1=0x90, SW2=0x00):\n70 05 5F 28 02 08 40 p._(..@\n";
    for (const std::string bad :
         {"70 05 5F 28 02 08 4 p._(..@", "70 05 5F 28 02 p._(..", "70 05 5F 28 no more"}) {
        const ImportedImage image = imported(head + bad + "\n" + good);
        CHECK(image.notes.at(0) ==
              "log:6: dump not understood (where do its octets end?): it is cut, and left out");
        CHECK_THAT(image.toml, ContainsSubstring("number             = 2") && !ContainsSubstring("raw ") &&
                                   !ContainsSubstring("number             = 1"));
    }
    const ImportedImage image = imported(head + "70 05 5F\n28 02 08 40\n" + good);
    CHECK(image.notes.at(0) ==
          "log:7: a dump goes on behind a line that is not full: it is cut, and left out");
    CHECK_THAT(image.toml, !ContainsSubstring("number             = 1"));
}

TEST_CASE("Import: a record that its octets do not fill is told") {
    const ImportedImage image = imported(head + "70 2C 5F 28 02 08 40 p,_(..@\n");
    CHECK_THAT(notes_of(image),
               ContainsSubstring("record 1 of SFI 1 is no BER-TLV, by the card or by the log"));
}

TEST_CASE("Import: octets in brackets are octets, and what only begins with some is left out with its line") {
    const std::string answer = "6F 12 84 07 A0 00 00 00 03 10 10 A5 07 50 05 4C 61 62 65 6C";
    const std::string log = "> 00 A4 04 00 07 A0 00 00 00 03 10 10\n<  [" + answer +
                            "] 90 0\n> 00 B2 01 0C 00\n<  [70 05 5F 28 02 08 40] 90 00\n";
    const ImportedImage image = imported(log);
    CHECK(image.exchanges == 2);
    CHECK_THAT(image.toml, ContainsSubstring("label              = \"Label\"") &&
                               ContainsSubstring("holds              = [\"5F28\"]"));
    CHECK_THAT(notes_of(image), !ContainsSubstring("left out"));
    // An empty answer, a length, a time are none.
    for (const std::string said : {"<  [] 6A 82", "<< [2] 6A82", "<< (26 ms) 6A82", "<< (0000+2) 6A82"})
        CHECK_THAT(imported(log + "> 00 B2 02 0C 00\n" + said + "\n").toml,
                   ContainsSubstring("READ RECORD 00B2020C: 6A82"));

    for (const std::string broken : {"<  [70 05 5F 28 …] 90 00", "< 70 05 5F 28 ... 90 00", "< 62 82 ...",
                                     "<  (70 05 5F 28 02 08 40) 90 00", "< {70 05 5F 28 02 08 40} 90 00",
                                     "R-APDU: 7005... 9000", "< 70055F2802084 9000"}) {
        INFO(broken);
        const ImportedImage cut =
            imported(log + "> 00 B2 02 0C 00\n" + broken + "\n> 00 B2 03 0C 00\n< 6A 83\n");
        CHECK(cut.notes.at(0) == "log:6: an answer that cannot be read, left out");
        CHECK(cut.exchanges == 3);
        CHECK_THAT(cut.toml, !ContainsSubstring("number             = 2") && !ContainsSubstring("00B2020C"));
    }
    const ImportedImage cut = imported(log + "> 00 B2 02 ...\n< 70 05 5F 28 02 01 56 90 00\n");
    CHECK(cut.notes.at(0) == "log:5: a command that cannot be read, left out");
    CHECK(cut.notes.at(1) == "log:6: an answer without a command, left out");
    CHECK(cut.exchanges == 2);
}

TEST_CASE("Import: a word like request is a mark only where a colon or the like follows") {
    const std::string log = log_in(forms.front().form);
    const ImportedImage expected = imported(log);
    CHECK(imported("sent request 20260615 to the host\n" + log).notes == expected.notes);
    // A short answer has the length of a command.
    CHECK(imported(log + "Send APDU: 0084000000\nRecv APDU: 1122339000\n").exchanges == said.size() + 1);
}

TEST_CASE("Import: of a line full of arrows the first are tried, and what is left out is told") {
    const std::string log = log_in(forms.front().form);
    const auto repeated = [](std::string_view arrow, std::size_t times) {
        std::string line;
        for (std::size_t i = 0; i < times; ++i) line += arrow;
        return line;
    };
    // Each arrow would look at all that stands behind it.
    for (const std::string_view arrow : {" >>", ">>:", "=> ", ">>:=>"})
        for (const std::size_t times : {17, 3200})
            CHECK(
                imported(log + repeated(arrow, times) + "\n").notes.at(0) ==
                "log:13: more than 16 arrows, and no octets behind the first: it may be a command, left out");
    CHECK(imported(log + repeated(" >>", 16) + "\n").notes == imported(log).notes);
    CHECK(imported(log + repeated("-> ", 15) + "=> 00 B2 03 0C 00\n< 6A 83\n").exchanges == said.size() + 1);
}

TEST_CASE("Import: an answer in parts has an end, and a card so many different objects") {
    const std::string log = log_in(forms.front().form);
    const auto parts = [](std::size_t count) {
        std::string text = "> 00 B2 03 0C 00\n< 61 00\n";
        for (std::size_t i = 1; i <= count; ++i)
            text +=
                "> 00 C0 00 00 00\n< " + to_hex(Bytes(256, 0x00)) + (i == count ? " 90 00\n" : " 61 00\n");
        return text;
    };
    CHECK(imported(log + parts(16)).notes.at(0) == imported(log).notes.at(0));
    const ImportedImage cut = imported(log + parts(18));
    CHECK(cut.notes.at(0) == "log:13: an answer of more than 4096 octets in parts, left out");
    CHECK(cut.exchanges == said.size());

    std::string objects;
    for (int i = 0; i <= 1000; ++i) {
        if (i % 50 == 0) objects += i == 0 ? "80CA9F4F00\n" : "9000\n80CA9F4F00\n";
        objects += fmt::format("9F{:02X}{:02X}00", 0x81 + i / 128, i % 128);
    }
    CHECK(error_of(log + objects + "9000\n") ==
          "log: more than 1000 different data objects of one application: not the log of one card");
}
