// What the host tells the trace: in order, the same at every run, and no secret.

#include <set>

#include <fmt/format.h>

#include "bench/trace/words.hpp"
#include "drivers/host/acquirer/checks.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/host/support.hpp"

using namespace posbench;
using namespace posbench::test;
using iso8583::Message;
using trace::Kind;

namespace {

std::string text_of(const trace::FieldValue& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
    std::string joined;
    for (const auto& item : std::get<std::vector<std::string>>(value)) joined += item + ",";
    return joined;
}

std::string text_of(const std::vector<trace::Event>& events) {
    std::string text;
    for (const trace::Event& event : events) {
        text += fmt::format("{} {}", runtime::to_ns(event.at), trace::spec(event.kind).name);
        for (const trace::Field& field : event.fields)
            text += fmt::format(" {}={}", field.name, text_of(field.value));
        text += '\n';
    }
    return text;
}

struct Day {
    std::string trace;
    std::string wire;            ///< hexadecimal of all answers
    std::vector<Bytes> secrets;  ///< working keys, clear and enciphered, and the PIN block
};

/// Sign-in, a sale with PIN by stripe, its reversal, a sale and its void.
Day work_a_day(std::uint64_t seed) {
    HostBench bench("", seed);
    Client client(bench);
    const Message keys = client.sign_in();
    Day day;
    // PIN key 16 octets and its check value 4, then the MAC key, 8.
    const crypto::DesCipher master{hex(tmk)};
    const ByteView pin_key = keys.bytes(62).first(16), mac_key = keys.bytes(62).subspan(20, 8);
    for (const ByteView key : {pin_key.first(8), pin_key.last(8), mac_key}) {
        day.secrets.emplace_back(key.begin(), key.end());
        day.secrets.push_back(master.decrypt(key));
    }
    const auto ask = [&](const Message& message) {
        const auto exchange = client.exchange(message);
        REQUIRE(exchange.reply);
        day.wire += to_hex(exchange.octets);
        return *exchange.reply;
    };
    Message swiped = client.sale(1234);
    swiped.clear(2);
    swiped.set(22, "022");
    swiped.set(35, "6210948000000011D30121010000099988877");
    client.add_pin(swiped, "123456");
    const ByteView block = swiped.bytes(52);
    day.secrets.emplace_back(block.begin(), block.end());
    CHECK(ask(swiped).get(39) == "00");
    CHECK(ask(client.reversal(swiped)).get(39) == "00");
    Message sale = client.sale(500);
    const Message reply = ask(sale);
    CHECK(ask(client.undo("0200", "23", 500, reply)).get(39) == "00");
    day.trace = text_of(bench.trace.events());
    return day;
}

}  // namespace

TEST_CASE("trace: the events of a sale, in order") {
    HostBench bench;
    Client client(bench);
    client.sign_in();
    const auto begun = bench.trace.events().size();
    client.ask(client.sale(100));
    std::vector<Kind> kinds;
    for (auto i = begun; i < bench.trace.events().size(); ++i) kinds.push_back(bench.trace.events()[i].kind);
    CHECK(kinds == std::vector<Kind>{Kind::host_connected, Kind::host_request, Kind::host_posted,
                                     Kind::host_response, Kind::host_disconnected});
    const auto request = bench.events(Kind::host_request).back();
    CHECK(request.text("mac") == "ok");
    CHECK(request.integer("bytes").value_or(0) > 60);
    const auto response = bench.events(Kind::host_response).back();
    CHECK(response.text("code") == "00");
    CHECK(response.at - request.at == std::chrono::milliseconds(80));
}

TEST_CASE("trace: an answer that refuses names the check, whoever asked and for what") {
    HostBench bench;
    Client client(bench);
    const auto check_of = [&](const Message& message) {
        client.ask(message);
        return std::string(bench.events(Kind::host_response).back().text("check"));
    };
    CHECK(check_of(client.sale(100)) == "mac_right");  // before the sign-in
    client.sign_in();
    CHECK(bench.events(Kind::host_response).back().find("check") == nullptr);
    CHECK(check_of(client.sale(100)).empty());
    CHECK(check_of(client.sale(0)) == "amount_valid");
    CHECK(check_of(client.sale(100'000'000)) == "funds_suffice");
    CHECK(check_of(client.sale(100, "6210949999999999")) == "account_known");
    Message incomplete = client.sale(100);
    incomplete.clear(22);
    CHECK(check_of(incomplete) == "complete");
    Message stranger = client.sale(100);
    stranger.set(41, "99999999");
    CHECK(check_of(stranger) == "terminal_known");
    Message management("0820");
    management.set(11, "000900");
    management.set(41, std::string(tid));
    management.set(42, "999999999999999");
    management.set(60, "00000001301");
    CHECK(check_of(management) == "merchant_matches");
    Message totals("0500");
    totals.set(11, "000901");
    totals.set(41, std::string(tid));
    totals.set(42, std::string(mid));
    totals.set(60, "00000099201");
    CHECK(check_of(totals) == "batch_current");
}

TEST_CASE("trace: what a rule answers was refused by no check") {
    HostBench bench("rules = [ { name = 'r', then = { action = 'respond', code = '30' } } ]");
    Client client(bench);
    client.sign_in();
    client.ask(client.sale(100));
    CHECK(bench.events(Kind::host_response).back().find("check") == nullptr);
}

TEST_CASE("trace: the vocabulary knows every check there is, and no other") {
    std::set<std::string_view> asked,
        known(trace::words::host_checks.begin(), trace::words::host_checks.end());
    for (int type = 0; type < static_cast<int>(iso8583::TransactionType::count_); ++type)
        for (const host::Check& check : host::checks_for(static_cast<iso8583::TransactionType>(type)))
            asked.insert(check.name);
    CHECK(asked == known);
}

TEST_CASE("determinism: the same seed gives the same octets and events, another seed other keys") {
    const Day first = work_a_day(7), again = work_a_day(7), other = work_a_day(8);
    CHECK(first.wire == again.wire);
    CHECK(first.trace == again.trace);
    CHECK(first.wire != other.wire);
}

TEST_CASE("secrets: no clear PAN, track, PIN, PIN block or key in any event") {
    const Day day = work_a_day(1);
    const std::string& text = day.trace;
    CHECK(text.find("621094******0011") != std::string::npos);
    CHECK(text.find(credit) == std::string::npos);
    CHECK(text.find("0000099988877") == std::string::npos);
    CHECK(text.find("123456") == std::string::npos);
    CHECK(text.find(tmk) == std::string::npos);
    REQUIRE(day.secrets.size() == 7);
    for (const Bytes& secret : day.secrets) {
        REQUIRE(secret.size() == 8);
        CHECK(text.find(to_hex(secret)) == std::string::npos);
        CHECK(text.find(as_text(secret)) == std::string::npos);
    }
}

// The trace knows no driver: the names of this one's enumerations are held against the trace's lists here.
TEST_CASE("the trace knows every state of a MAC and every action of a rule") {
    for (const auto state : {iso8583::MacState::ok, iso8583::MacState::bad, iso8583::MacState::absent,
                             iso8583::MacState::unchecked})
        CHECK(trace::find_field(Kind::host_request, "mac")->takes(iso8583::to_string(state)));
    const auto actions = host::action_names();
    const auto& words = trace::find_field(Kind::host_rule, "action")->words;
    CHECK(std::vector<std::string>(words.begin(), words.end()) == actions);
}
