#include "bench/cli/card_session.hpp"

#include <fmt/format.h>

#include "tests/support/catch.hpp"
#include "tests/unit/card/fake_reader.hpp"

using namespace posbench;
using namespace posbench::cli;
using Calls = std::vector<std::string>;

namespace {

/// Of a card without keys.
struct Owner final : CardOwner {
    Result<Bytes> issuer_authentication(ByteView application, const card::Dialogue::Cryptogram& asked,
                                        const emv::IssuerDecision& decision) const override {
        if (application.empty()) return Error{"no application"};
        Bytes data = asked.octets;
        data.push_back(static_cast<std::uint8_t>(asked.counter));
        for (const char c : decision.code) data.push_back(static_cast<std::uint8_t>(c));
        data.push_back(decision.csu[1]);
        return data;
    }
    Result<card::SecuredCommand> secure(ByteView, const card::ScriptCommand&,
                                        const card::ScriptTurn& turn) const override {
        crypto::Block8 chaining{};
        std::copy_n(turn.first.octets.begin(), chaining.size(), chaining.begin());
        chaining = turn.chaining.value_or(chaining);
        card::SecuredCommand secured{hex("8C1E000000"), chaining};
        secured.octets.push_back(chaining[0]);
        ++secured.mac[0];
        return secured;
    }
    std::vector<crypto::PublicKey> card_keys(ByteView) const override { return {}; }
    Result<crypto::RsaPublicKey> pin_key(ByteView) const override { return Error{"no key"}; }
    std::vector<std::string> pans() const override { return {"6210948000000011"}; }
    bool take_altered() noexcept override { return std::exchange(altered, false); }
    bool altered = false;
};

struct Table {
    runtime::VirtualClock clock{runtime::WallTime{} + std::chrono::hours(24 * 365 * 56)};
    test::FakeReader card;
    Owner owner;
    std::vector<card::Exchange> shown;
    CardSession session;

    explicit Table(bool get_response = true)
        : session(
              clock, card, emv::Secrets::masked, get_response,
              [this](const card::Exchange& exchange) { shown.push_back(exchange); }, owner) {}

    /// What stood in the way; empty when the step was sent.
    std::string play(std::string_view line) {
        const auto step = parse_script_line(line).value().step;
        return step ? session.perform(*step).words : "";
    }
};

}  // namespace

TEST_CASE("what 61xx announces is fetched, and decoded as the command's answer") {
    Table table;
    table.card.answers = {hex("6104"), hex("9F360100 9000")};
    table.play("get 9F36");
    CHECK(table.card.calls == Calls{"80CA9F3600", "00C0000004"});
    CHECK(table.session.last_sw() == 0x9000);
    REQUIRE(table.shown.size() == 2);
    CHECK(table.shown[1].command == "GET RESPONSE");
    REQUIRE_FALSE(table.shown[1].response.empty());
    CHECK(table.shown[1].response.front().tag == "9F36");
}

TEST_CASE("after 6Cxx the command is repeated with the length told") {
    Table table;
    table.card.answers = {hex("6C04"), hex("9F360100 9000")};
    table.play("get 9F36");
    CHECK(table.card.calls == Calls{"80CA9F3600", "80CA9F3604"});
    CHECK(table.session.last_sw() == 0x9000);
}

TEST_CASE(
    "data that wait behind a warning are fetched, and the warning stays the answer's (EMV book 1 annex A7)") {
    Table table;
    table.card.answers = {hex("6283"), hex("6C04"), hex("6F028400 9000")};
    table.play("select A000000333");
    CHECK(table.card.calls == Calls{"00A4040005A00000033300", "00C0000000", "00C0000004"});
    CHECK(table.session.last_sw() == 0x6283);
    // With its data, as T=1 gives it, and of a command that asks for none.
    Table whole;
    whole.card.answers = {hex("6F028400 6283"), hex("63C2")};
    whole.play("select A000000333");
    whole.play("verify 1234");
    CHECK(whole.card.calls.size() == 2);
    CHECK(whole.session.last_sw() == 0x63C2);
}

TEST_CASE("a command without Le is not repeated: 6Cxx has no octet to change, and its last is data") {
    Table table;
    table.card.answers = {hex("6C04")};
    table.play("8024000002AABB");
    CHECK(table.card.calls == Calls{"8024000002AABB"});
    CHECK(table.session.last_sw() == 0x6C04);
}

TEST_CASE("without the option 61xx and 6Cxx are the script's") {
    Table table(false);
    table.card.answers = {hex("6104"), hex("6C04")};
    table.play("get 9F36");
    CHECK(table.session.last_sw() == 0x6104);
    table.play("get 9F36");
    CHECK(table.session.last_sw() == 0x6C04);
    CHECK(table.card.calls.size() == 2);
}

TEST_CASE("a card that announces more for ever is not followed for ever") {
    Table table;
    table.card.answers.assign(1000, hex("6110"));
    table.play("get 9F36");
    CHECK(table.card.calls.size() == 65);
}

TEST_CASE("lists are answered from what the card asked for and the terminal has") {
    Table table;
    table.card.answers = {hex("6F0A A508 9F3805 9F1A02 9C01 9000"), hex("7708 8202 1C00 9402 0000 9000"),
                          hex("7008 8C06 9F0206 9F3704 9000"), hex("6985")};
    table.play("select A000000333010102");
    table.play("set 9F02 000000001234");
    table.play("gpo");
    table.play("read 1 1");
    table.play("ac arqc");
    REQUIRE(table.card.calls.size() == 4);
    CHECK(table.card.calls[1] ==
          "80A80000058303015600"
          "00");
    CHECK(table.card.calls[3].starts_with("80AE80000A000000001234"));
    CHECK(table.card.calls[3].size() == 2 * (5 + 10 + 1));
}

TEST_CASE("all records of the file locator are read, up to one that is not there") {
    Table table;
    table.card.answers = {hex("800A 1C00 08010200 10010100 9000"), hex("7000 9000"), hex("7000 9000"),
                          hex("6A83")};
    table.play("gpo");
    table.play("records");
    CHECK(table.card.calls == Calls{"80A8000002830000", "00B2010C00", "00B2020C00", "00B2011400"});
}

TEST_CASE("a mute card has no status word") {
    Table table;
    table.play("challenge");
    CHECK_FALSE(table.session.last_sw());
    CHECK(table.shown.front().sw_in_words == "no answer");
    CHECK(table.session.reset() == hex("3B600000"));
}

TEST_CASE("what cannot be sent yet says what is missing and what to type, and is not sent") {
    Table table;
    CHECK(table.play("records") ==
          "records: no file locator was heard: type select and gpo first, or read SFI RECORD");
    CHECK(table.play("ac arqc") ==
          "ac: CDOL1 (8C) was not heard: type select, gpo and records first; without data it is 80AE800000");
    CHECK(table.play("auth") == "auth: there is no ARQC to answer: type ac arqc first, or auth HEX");
    CHECK(table.card.calls.empty());
    table.card.answers = {hex("7704 8202 1C00 9000"), hex("800A 1C00 08010200 10010100 9000"), hex("6985"),
                          hex("6F00 9000")};
    CHECK(table.play("gpo").empty());
    CHECK(table.play("records") ==
          "records: the answer to gpo has no file locator (94): type read SFI RECORD to try one");
    CHECK(table.play("gpo").empty());
    CHECK(table.play("ac tc") ==
          "ac: CDOL1 (8C) was not heard: type records first; without data it is 80AE400000");
    CHECK(table.play("records").empty());
    CHECK(table.card.calls.size() == 3);
    CHECK(table.play("select A000000333010102").empty());  // what was heard of another application is no use
    CHECK(table.play("records").starts_with("records: no file locator"));
}

TEST_CASE("nothing goes to a card that is mute or gone, and it is said how to go on") {
    Table table;
    CHECK(table.play("get 9F36").empty());
    CHECK(table.shown.back().sw_in_words == "no answer");
    for (const char* line : {"get 9F36", "gpo", "records", "ac tc", "dda", "auth", "00A40400"})
        CHECK(table.play(line) == "the card is mute and has no power any more: type reset");
    CHECK(table.card.calls.size() == 1);
    table.session.reset();
    table.card.answers = {hex("9F360100 9000")};
    CHECK(table.play("get 9F36").empty());
    table.card.failure = card::ReaderError::removed;
    CHECK(table.play("get 9F36").empty());
    CHECK(table.play("get 9F36") == "the card was pulled out: type insert, which puts it back and resets it");
    table.card.atr.clear();
    table.session.reset();
    CHECK(table.play("challenge") == "the card is mute and has no power any more: type reset");
}

TEST_CASE("dda sends what the DDOL asks for, auth the issuer's approval") {
    Table table;
    table.card.answers = {hex("6F09 8407 A0000000031010 9000"),
                          hex("8000 9000"),
                          hex("7009 8C039F3704 8D029101 9000"),
                          hex("7014 9F2701 80 9F36020007 9F2608 1122334455667788 9000"),
                          hex("9000"),
                          hex("6985")};
    table.play("select A0000000031010");
    CHECK(table.play("dda").empty());
    CHECK(table.card.calls.back().starts_with("0088000004"));
    table.play("read 1 1");
    CHECK(table.play("ac arqc").empty());
    CHECK(table.play("auth").empty());
    CHECK(table.card.calls.back() == "008200000C112233445566778807303080");
    CHECK(table.play("ac tc").empty());
    CHECK(table.card.calls.back() == "80AE4000011100");  // 91 in CDOL2
}

namespace {

/// Up to an ARQC; CDOL1 asks for the TVR, CDOL2 for the response code.
void ask_issuer(Table& table) {
    table.card.answers = {hex("6F09 8407 A0000000031010 9000"), hex("700B 8C0595059F3704 8D028A02 9000"),
                          hex("7714 9F270180 9F36020007 9F26081122334455667788 9000")};
    table.play("select A0000000031010");
    table.play("read 1 1");
    table.play("ac arqc");
}

}  // namespace

TEST_CASE("auth answers with a response code, typed or set, which the terminal has then too") {
    const auto sent = [](const char* before, const char* line) {
        Table table;
        ask_issuer(table);
        table.card.answers = {hex("9000"), hex("6985")};
        table.play(before);
        CHECK(table.play(line).empty());
        const std::string authenticated = table.card.calls.back();
        table.play("ac aac");
        return authenticated.substr(10 + 18) + " " + table.card.calls.back();
    };
    CHECK(sent("# nothing", "auth") == "303080 80AE000002303000");
    CHECK(sent("# nothing", "auth 05") == "303500 80AE000002303500");
    CHECK(sent("set 8A 3531", "auth") == "353100 80AE000002353100");
    CHECK(sent("# nothing", "auth csu 00400000") == "303040 80AE000002303000");
}

TEST_CASE("the terminal's TVR says that nothing was authenticated, until something was or it is set") {
    const auto tvr_after = [](const char* line, const char* ac) {
        Table table;
        table.card.answers = {hex("6F09 8407 A0000000031010 9000"), hex("7007 8C0595059F3704 9000"),
                              hex("9000")};
        table.play("select A0000000031010");
        table.play("read 1 1");
        table.play(line);
        table.play(ac);
        return table.card.calls.back().substr(10, 10);
    };
    CHECK(tvr_after("# nothing", "ac tc") == "8000000000");
    CHECK(tvr_after("dda", "ac tc") == "0000000000");
    CHECK(tvr_after("# nothing", "ac tc cda") == "0000000000");
    CHECK(tvr_after("ac arqc cda", "ac tc") == "0000000000");
    CHECK(tvr_after("set 95 0000008000", "ac tc") == "0000008000");
}

TEST_CASE("script commands are tied to the first cryptogram, and chained while the card takes them") {
    Table table;
    CHECK(table.play("script block") ==
          "script: there is no cryptogram that its MAC is tied to: type ac arqc first");
    ask_issuer(table);
    table.card.answers = {hex("9000"), hex("6988"), hex("9000"), hex("9000")};
    for (int i = 0; i < 4; ++i) CHECK(table.play("script block").empty());
    const auto& calls = table.card.calls;
    CHECK(Calls(calls.end() - 4, calls.end()) ==
          Calls{"8C1E00000011", "8C1E00000012", "8C1E00000012", "8C1E00000013"});
    // Another transaction begins a chain of its own, however its commands were typed.
    table.card.answers = {hex("6F09 8407 A0000000031010 9000"),
                          hex("7714 9F270180 9F36020008 9F26082122334455667788 9000"), hex("9000")};
    table.play("select A0000000031010");
    table.play("80AE800000");
    table.play("script block");
    CHECK(calls.back() == "8C1E00000021");
    CHECK(table.play("verify 1234 enciphered") == "verify: no key");
}

namespace {

/// The data of a command of case 4.
std::string data_of(const std::string& command) {
    return command.substr(10, command.size() - 12);
}

constexpr std::string_view lists = "700B 8C039F3704 8D0491088A02 9000";

/// Up to GET PROCESSING OPTIONS; CDOL1 asks for 9F37, CDOL2 for 91 and 8A. @param profile AIP
void begin(Table& table, std::string_view profile) {
    table.card.answers = {hex("6F09 8407 A0000000041010 9000"),
                          hex(fmt::format("770A 8202 {} 9404 08010100 9000", profile)), hex(lists)};
    table.play("select A0000000041010");
    table.play("gpo");
    table.play("read 1 1");
}

void get_arqc(Table& table) {
    table.card.answers = {hex("7714 9F270180 9F36020007 9F26081122334455667788 9000")};
    table.play("ac arqc");
}

/// What a GENERATE AC gives the card, which refuses it.
std::string given(Table& table, std::string_view line) {
    table.card.answers = {hex("6985")};
    table.play(line);
    return data_of(table.card.calls.back());
}

}  // namespace

TEST_CASE("what the issuer answered is no other transaction's; what was set stays") {
    const std::string selected = "6F09 8407 A0000000041010 9000", begun = "770A 8202 1C00 9404 08010100 9000";
    for (const auto& [between, answer] :
         {std::pair{"gpo", begun}, std::pair{"select A0000000041010", selected}, std::pair{"reset", begun},
          std::pair{"00A4040007A000000004101000", selected}, std::pair{"80A8000002830000", begun}}) {
        CAPTURE(between);
        Table table;
        begin(table, "1C00");
        get_arqc(table);
        table.card.answers = {hex("9000")};
        CHECK(table.play("auth 05").empty());
        table.card.answers = {hex(answer)};
        table.play(between);
        table.card.answers = {hex(lists)};
        table.play("read 1 1");
        get_arqc(table);
        CHECK(given(table, "ac aac").starts_with("00000000000000003030"));  // no 91, 8A as ever
    }
    Table table;
    table.play("set 91 AABBCCDDEEFF0011");
    table.play("set 8A 3531");
    begin(table, "1C00");
    get_arqc(table);
    table.card.answers = {hex("9000")};
    table.play("auth 00");
    CHECK(given(table, "ac tc").starts_with("11223344556677883030"));  // the later word
    begin(table, "1C00");
    get_arqc(table);
    CHECK(given(table, "ac tc").starts_with("AABBCCDDEEFF00113531"));
    begin(table, "1C00");
    get_arqc(table);
    table.card.answers = {hex("9000")};
    table.play("auth 00");
    table.play("set 8A 3035");
    CHECK(given(table, "ac tc").starts_with("11223344556677883035"));
}

TEST_CASE("where the AIP has no issuer authentication auth sends nothing, and says where 91 goes") {
    Table table;
    begin(table, "1900");
    get_arqc(table);
    const std::size_t before = table.card.calls.size();
    const auto auth = parse_script_line("auth 05").value().step;
    const StepOutcome outcome = table.session.perform(*auth);
    CHECK(outcome.how == StepOutcome::How::needless);
    CHECK(outcome.words ==
          "auth: the AIP has no issuer authentication: 91 goes with the second GENERATE AC (auth HEX sends "
          "it all "
          "the same)");
    CHECK(table.card.calls.size() == before);
    CHECK(given(table, "ac aac").starts_with("11223344556677883035"));
    table.play("auth 1122334455667788");
    CHECK(table.card.calls.back().starts_with("00820000"));
}

TEST_CASE("an unpredictable number is of one transaction, unless it was set; the same in each run") {
    const auto numbers = [](const char* first) {
        Table table;
        table.play(first);
        Calls drawn;
        for (int i = 0; i < 2; ++i) {
            begin(table, "1C00");
            for (int ac = 0; ac < 2; ++ac) drawn.push_back(given(table, "ac tc"));
        }
        return drawn;
    };
    const Calls drawn = numbers("# nothing");
    CHECK(drawn[0] == drawn[1]);
    CHECK(drawn[2] == drawn[3]);
    CHECK(drawn[0] != drawn[2]);
    CHECK(drawn == numbers("# nothing"));
    CHECK(numbers("set 9F37 01020304") == Calls(4, "01020304"));
}

TEST_CASE(
    "the customary CVM results are those of a transaction that needs none (EMV book 4 clause 6.3.4.5)") {
    Table table;
    table.card.answers = {hex("7007 8C039F3403 8D00 9000")};
    table.play("read 1 1");
    CHECK(given(table, "ac tc") == "1F0302");
}

TEST_CASE("a PAN of the card is masked wherever it stands, as in the trace") {
    Table table;
    table.card.answers = {hex("6F09 8407 A0000000031010 9000"), hex("9F1008 6210948000000011 9000")};
    table.play("select A0000000031010");
    table.play("80CA9F1000");
    REQUIRE(table.shown.size() == 2);
    REQUIRE_FALSE(table.shown.back().response.empty());
    CHECK(table.shown.back().response.front().value == "621094******0011");
}
