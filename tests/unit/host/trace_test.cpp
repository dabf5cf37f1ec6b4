// What the host tells the trace: in order, the same at every run, and no secret.

#include <fmt/format.h>

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
