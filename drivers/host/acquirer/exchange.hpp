#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bench/runtime/stream.hpp"
#include "drivers/host/acquirer/action.hpp"
#include "drivers/host/acquirer/desk.hpp"
#include "drivers/protocols/iso8583/frame.hpp"

namespace posbench::host {

/// What is to be answered, before it is octets.
struct Reply {
    iso8583::Message message;  ///< without MAC
    bool with_mac = false;     ///< one is due
    iso8583::Tpdu tpdu;
    ByteView header;           ///< in the profile
    std::string_view check{};  ///< which of the host's checks refused; empty: none did
};

/// One request and its answer: what honest and dishonest answers are made of.
class Exchange {
  public:
    /// @param connection its number, for the trace
    /// @param asked the request's TPDU
    Exchange(Desk& desk, runtime::Stream& stream, std::int64_t connection, const Request& request,
             const iso8583::Tpdu& asked) noexcept
        : desk_(desk),
          stream_(stream),
          connection_(connection),
          request_(request),
          asked_(asked),
          began_(desk.clock.now()) {}

    const Request& request() const noexcept { return request_; }
    const Profile& profile() const noexcept { return desk_.profile; }
    runtime::Clock& clock() noexcept { return desk_.clock; }
    runtime::Random& random() noexcept { return desk_.behaviour.random(); }

    /// Decides and posts. When money moved it suspends, so that what the scenario does at that event (cut the
    /// link, the power) is done before the answer leaves. Where a recording answered it takes as long as that
    /// did; where that has no answer, nothing that this exchange sends leaves it.
    runtime::Task<Reply> decide();
    /// An answer with this code, nothing decided.
    Reply refuse(std::string_view code);
    /// What makes the MAC that is due now; empty when there is none, or the keys are not those of the
    /// request.
    iso8583::MacFunction mac_for(const Reply& reply) const;
    Wire encode(Reply reply) const;
    /// The last reply to another transaction; null when there was none.
    const Wire* earlier_reply() const;

    /// Tells host.response, then writes.
    runtime::Task<Ending> send(Wire wire);
    /// Writes what is no whole answer.
    runtime::Task<Ending> write(ByteView octets);
    /// Reads and forgets what comes before `until`; why the connection ended, if it did.
    runtime::Task<Ending> disregard(runtime::TimePoint until);
    /// The same for as long as a frame may take, then the connection ends.
    runtime::Task<Ending> disregard();

    /// Tells host.rule; the action suspends next.
    void tell(const Deed& deed);
    /// The rule that tell() names.
    void obeys(const Rule& rule) {
        rule_ = rule.name;
        action_ = rule.then.name;
    }

  private:
    Reply reply_of(Outcome outcome) const;
    runtime::Task<void> follow(const Replayed& replayed);

    Desk& desk_;
    runtime::Stream& stream_;
    std::int64_t connection_;
    const Request& request_;
    iso8583::Tpdu asked_;
    runtime::TimePoint began_;  ///< the request was whole
    std::string rule_;
    std::string_view action_;
    std::optional<Ending> withheld_;  ///< no answer is sent; how the connection goes on
};

inline constexpr const char* host_closed = "host closed";

}  // namespace posbench::host
