#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/runtime/clock.hpp"
#include "bench/runtime/stream.hpp"
#include "drivers/protocols/crypto/crypto.hpp"
#include "drivers/protocols/iso8583/frame.hpp"
#include "drivers/protocols/iso8583/mac.hpp"
#include "drivers/protocols/iso8583/message.hpp"

namespace posbench::terminal::testing {

using namespace std::chrono_literals;

/// A host that answers each request by rule and keeps what it has approved.
class ScriptedHost final : public runtime::Connector {
  public:
    explicit ScriptedHost(runtime::Clock& clock);
    runtime::Task<runtime::NetResult<std::unique_ptr<runtime::Stream>>> connect(
        runtime::Endpoint endpoint, runtime::TimePoint deadline) override;

    enum class Way { open, refused, blackholed };
    Way way = Way::open;
    bool silent_to_sales = false;    ///< to every 0100 and 0200
    bool silent_to_advices = false;  ///< 0220
    bool silent_to_settlements = false;
    bool silent_to_reversals = false;
    std::string code = "00";         ///< of 0100 and 0200
    std::string advice_code = "00";  ///< of 0220 that name its batch; others get 77
    char settlement_answer = '1';    ///< in field 48 of a settlement
    std::string settlement_code = "00";
    int uploads_answered = -1;         ///< batch uploads that are still answered; -1: all
    std::string batch = "000007";      ///< 60.2 of sign-ins
    std::string parameters;            ///< field 62 of the answer to 360
    int requirement = 0;               ///< low digit of the third octet of a reply's header
    std::string reversal_code = "00";  ///< of reversals
    std::string icc;                   ///< field 55 of replies to sales, hexadecimal
    Bytes field62;                     ///< of sign-ins
    runtime::Duration delay = 200ms;
    std::function<void(iso8583::Message& reply)> change;
    /// Has the last word on an answer; false: there is none.
    std::function<bool(const iso8583::Message& request, iso8583::Message& reply)> decide;
    bool bad_mac = false;
    std::size_t cut_to = 0;             ///< octets of a reply that arrive before the connection ends; 0: all
    std::optional<iso8583::Tpdu> tpdu;  ///< of its replies, in place of the request's swapped
    /// Replaces the whole answer.
    std::function<std::optional<Bytes>(const iso8583::Message& request)> raw;

    std::vector<iso8583::Message> requests;
    int count(std::string_view mti) const;
    const iso8583::Message& last(std::string_view mti) const;
    /// Minor units: charges less what was given back, approved and not reversed. Tips and adjustments, which
    /// name a new total, and holds are not in it.
    std::int64_t book() const;

    std::optional<Bytes> answer(ByteView frame);

  private:
    iso8583::Message reply_to(const iso8583::Message& request);
    bool silent_to(const iso8583::Message& request);
    void post(const iso8583::Message& request);

    runtime::Clock& clock_;
    crypto::DesCipher tak_;
    std::vector<std::pair<std::string, std::int64_t>> approved_;
};

}  // namespace posbench::terminal::testing
