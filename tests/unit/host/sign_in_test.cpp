#include "drivers/host/acquirer/session.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/host/support.hpp"

using namespace posbench;
using namespace posbench::test;

namespace {

iso8583::Message management(std::string_view mti, std::string_view function) {
    iso8583::Message request{std::string(mti)};
    request.set(11, "000900");
    request.set(41, std::string(tid));
    request.set(42, std::string(mid));
    request.set(60, "00000001" + std::string(function));
    return request;
}

}  // namespace

TEST_CASE("known answer: the key field of a double-length sign-in") {
    const crypto::DesCipher master{hex(tmk)};
    const host::WorkingKeys keys{hex("807A23AD32B36D457AE91FDF927570EA"), hex("5BB5C72CD00B7338")};
    CHECK(to_hex(host::key_field(keys, master)) ==
          "6701EAD6A9AD51E51AA406E2C27FCFA98D0A74B8B651F9E9BACE9AE10000000000000000AB7153CA");
}

TEST_CASE("known answer: the key field of a sign-in with track key") {
    // echo 2FD6894C3B9E5E7AB5D0573ECE9107F2 | xxd -r -p |
    //   openssl enc -des-ede -nopad -K CA5D92598DCA48CE8A4C76361A9269E9 | xxd -p -u
    // and the check value: sixteen zeros under the track key itself.
    const crypto::DesCipher master{hex(tmk)};
    const host::WorkingKeys keys{hex("807A23AD32B36D457AE91FDF927570EA"), hex("5BB5C72CD00B7338"),
                                 hex("2FD6894C3B9E5E7AB5D0573ECE9107F2")};
    CHECK(to_hex(host::key_field(keys, master)) ==
          "6701EAD6A9AD51E51AA406E2C27FCFA98D0A74B8B651F9E9BACE9AE10000000000000000AB7153CA"
          "0D91A36424BF31424E18144161FE435ACDB8A734");
}

TEST_CASE("a sign-in hands out keys that their check values prove, in each form") {
    const auto [form, length] = GENERATE(std::pair{"001", 24}, std::pair{"003", 40}, std::pair{"004", 60});
    HostBench bench;
    Client client(bench);
    const auto reply = client.sign_in(form);
    REQUIRE(reply.get(39) == "00");
    REQUIRE(reply.bytes(62).size() == static_cast<std::size_t>(length));

    const crypto::DesCipher master{hex(tmk)};
    const std::size_t width = length == 24 ? 8 : 16;
    const ByteView field = reply.bytes(62);
    const auto pin_key = master.decrypt(field.first(width));
    CHECK(to_hex(crypto::key_check_value(pin_key)) == to_hex(field.subspan(width, 4)));
    const auto mac_key = master.decrypt(field.subspan(width + 4, 8));
    CHECK(to_hex(crypto::key_check_value(mac_key)) == to_hex(field.subspan(2 * width + 4, 4)));
    if (length == 60) {
        const auto track_key = master.decrypt(field.subspan(40, 16));
        CHECK(to_hex(crypto::key_check_value(track_key)) == to_hex(field.last(4)));
    }
    CHECK(client.code(client.sale(100)) == "00");
}

TEST_CASE("a sign-in sets the terminal's clock and batch, and carries no MAC") {
    HostBench bench("[terminal.one]\nbatch = '000042'");
    Client client(bench);
    const auto reply = client.sign_in();
    CHECK(reply.mti() == "0810");
    CHECK(reply.get(12) == "100000");
    CHECK(reply.get(13) == "0615");
    CHECK(reply.get(60).substr(2, 6) == "000042");
    CHECK(reply.get(37).size() == 12);
    CHECK_FALSE(reply.has(64));
}

TEST_CASE("each sign-in draws new keys, and the old ones are refused from then on") {
    HostBench bench;
    Client first(bench), second(bench);
    const std::string keys(first.sign_in().get(62));
    CHECK(keys != second.sign_in().get(62));
    auto sale = first.sale(100);
    CHECK(first.code(sale) == "A0");
}

TEST_CASE("a request that was under way when its terminal signed in anew is not served under the new keys") {
    const auto rule = [](std::string_view action) {
        return "rules = [ { name = 'r', when = { mti = '0200' }, then = { action = '" + std::string(action) +
               "', duration = '10s' } } ]";
    };
    const auto response_to_sale = [](const HostBench& bench) {
        for (const trace::Event& event : bench.events(trace::Kind::host_response))
            if (event.text("mti") == "0210") return event;
        throw std::logic_error("no response");
    };
    HostBench undecided(rule("delay"));
    Client terminal(undecided);
    terminal.sign_in();
    auto sale = terminal.sale(100);
    terminal.add_pin(sale, "123456");
    CHECK(terminal.exchange(sale, std::chrono::seconds(1)).error);
    terminal.sign_in();
    undecided.run_for(std::chrono::seconds(20));
    CHECK(response_to_sale(undecided).text("code") == "A0");
    CHECK(response_to_sale(undecided).text("mac") == "absent");
    CHECK(undecided.events(trace::Kind::host_posted).empty());

    HostBench decided(rule("delay_after_posting"));
    Client other(decided);
    other.sign_in();
    CHECK(other.exchange(other.sale(100), std::chrono::seconds(1)).error);
    other.sign_in();
    decided.run_for(std::chrono::seconds(20));
    CHECK(response_to_sale(decided).text("code") == "00");
    CHECK(response_to_sale(decided).text("mac") == "absent");
}

TEST_CASE("network management: echo, sign-off, what is not offered, and who may ask") {
    HostBench bench;
    Client client(bench);
    CHECK(client.code(management("0820", "301")) == "00");
    client.sign_in();
    CHECK(client.code(management("0820", "002")) == "00");
    CHECK(client.code(client.sale(100)) == "A0");

    const auto [mti, function] =
        GENERATE(std::pair{"0820", "999"}, std::pair{"0820", "003"}, std::pair{"0800", "301"});
    CHECK(client.code(management(mti, function)) == "40");

    auto stranger = management("0800", "003");
    stranger.set(41, "99999999");
    CHECK(client.code(stranger) == "97");
    auto moved = management("0800", "003");
    moved.set(42, "999999999999999");
    CHECK(client.code(moved) == "03");
}

TEST_CASE("the answer's addresses are swapped and its header is the host's") {
    HostBench bench("header = '603100311099'");
    Client client(bench);
    const auto exchange = client.exchange(management("0820", "301"));
    REQUIRE(exchange.reply);
    CHECK(to_hex(ByteView(exchange.octets).first(11)) == "6000010006603100311099");
}
