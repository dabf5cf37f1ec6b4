#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/runtime/bytes.hpp"
#include "drivers/protocols/emv/certificate.hpp"
#include "drivers/protocols/emv/tlv.hpp"
#include "tests/support/catch.hpp"

/// A terminal's side of the contact flow, as plain as can be, for tests of the card.
namespace posbench::test {

struct Reply {
    Bytes data;
    std::string sw;
};

/// Sends one APDU and returns data and status word.
using Exchange = std::function<Reply(ByteView)>;

inline Bytes apdu(std::string_view header, ByteView data = {}) {
    Bytes command = hex(header);
    if (!data.empty()) {
        command.push_back(static_cast<std::uint8_t>(data.size()));
        command.insert(command.end(), data.begin(), data.end());
    }
    command.push_back(0x00);
    return command;
}

/// Everything of one transaction that a terminal collects.
class TerminalSide {
  public:
    explicit TerminalSide(Exchange exchange) : exchange_(std::move(exchange)) {
        data.set(0x9F02, hex("000000001234"));
        data.set(0x9F03, hex("000000000000"));
        data.set(0x9F1A, hex("0156"));
        data.set(0x95, hex("8040040000"));
        data.set(0x5F2A, hex("0156"));
        data.set(0x9A, hex("260615"));
        data.set(0x9C, hex("00"));
        data.set(0x9F37, hex("52BF4585"));
        data.set(0x8A, as_bytes("00"));
    }

    Reply send(std::string_view header, ByteView octets = {}) { return exchange_(apdu(header, octets)); }

    void absorb(const Reply& reply) {
        REQUIRE(reply.sw == "9000");
        const auto parsed = emv::parse_tlv(reply.data);
        REQUIRE(parsed.has_value());
        data.absorb(*parsed);
    }
    Bytes dol(emv::Tag list) const { return emv::build_dol(emv::parse_dol(data.get(list)).value(), data); }

    void select(ByteView aid) { absorb(send("00A40400", aid)); }
    void initiate() {
        Bytes command;
        sent = dol(0x9F38);
        emv::append_tlv(command, 0x83, sent);
        const Reply reply = send("80A80000", command);
        absorb(reply);
        if (!data.has(0x80)) return;
        const Bytes format1 = *data.find(0x80);
        data.set(0x82, ByteView(format1).first(2));
        data.set(0x94, ByteView(format1).subspan(2));
        data.erase(0x80);
    }
    void read_records() {
        const Bytes afl = *data.find(0x94);
        REQUIRE(afl.size() % 4 == 0);
        for (std::size_t i = 0; i < afl.size(); i += 4)
            for (unsigned number = afl[i + 1]; number <= afl[i + 2]; ++number) {
                const Bytes header{0x00, 0xB2, static_cast<std::uint8_t>(number),
                                   static_cast<std::uint8_t>(afl[i] | 4)};
                const Reply reply = send(to_hex(header));
                absorb(reply);
                if (number - afl[i + 1] < afl[i + 3])
                    authenticated.push_back({static_cast<std::uint8_t>(afl[i] >> 3), reply.data});
            }
    }
    /// GENERATE AC; the four objects of the answer go into `data` in either format.
    Reply generate_ac(std::string_view type, emv::Tag list) {
        const Bytes values = dol(list);
        sent.insert(sent.end(), values.begin(), values.end());
        const Reply reply = send("80AE" + std::string(type) + "00", values);
        if (reply.sw != "9000") return reply;
        absorb(reply);
        if (const Bytes* format1 = data.find(0x80)) {
            const Bytes body = *format1;
            data.set(0x9F27, ByteView(body).first(1));
            data.set(0x9F36, ByteView(body).subspan(1, 2));
            data.set(0x9F26, ByteView(body).subspan(3, 8));
            data.set(0x9F10, ByteView(body).subspan(11));
            data.erase(0x80);
        }
        return reply;
    }
    void start(ByteView aid) {
        select(aid);
        initiate();
        read_records();
    }

    emv::TlvMap data;
    Bytes sent;  ///< values of PDOL and CDOLs, one after the other
    std::vector<emv::AuthenticatedRecord> authenticated;

  private:
    Exchange exchange_;
};

}  // namespace posbench::test
