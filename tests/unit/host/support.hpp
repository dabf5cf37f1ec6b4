#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/config/value.hpp"
#include "bench/runtime/clock.hpp"
#include "bench/runtime/job.hpp"
#include "bench/runtime/resources.hpp"
#include "bench/trace/recorder.hpp"
#include "drivers/host/acquirer/acquirer_host.hpp"
#include "drivers/protocols/crypto/crypto.hpp"
#include "drivers/protocols/iso8583/frame.hpp"
#include "drivers/protocols/iso8583/mac.hpp"
#include "drivers/protocols/iso8583/message.hpp"
#include "drivers/protocols/iso8583/transactions.hpp"
#include "tests/support/dialect.hpp"
#include "tests/support/memory_stream.hpp"

namespace posbench::test {

inline constexpr std::string_view tid = "00000001";
inline constexpr std::string_view mid = "104110045110012";
inline constexpr std::string_view credit = "6210948000000011";
inline constexpr std::string_view tmk = "CA5D92598DCA48CE8A4C76361A9269E9";

/// A host profile with one terminal and one account of 1000.00; `over` is laid on it.
config::Value host_profile(std::string_view over = {});

/// A host on a virtual clock with ports in memory. It is 10:00 on 15 June 2026.
class HostBench {
  public:
    explicit HostBench(std::string_view over = {}, std::uint64_t seed = 1);

    /// Runs until `job` ends; a host that never lets it end fails the test.
    void run(runtime::Job& job);
    void run_for(runtime::Duration duration);
    std::vector<trace::Event> events(trace::Kind kind) const;
    void add_rules(std::string_view toml);

    runtime::VirtualClock clock;
    trace::Recorder trace;
    MemoryNetwork network;
    std::unique_ptr<host::AcquirerHost> host;

  private:
    runtime::ResourceJournal resources_;
    drivers::Context context_;
};

/// What the wire of one exchange brought.
struct Exchange {
    std::optional<iso8583::Message> reply;
    Bytes octets;  ///< of the reply, length prefix included
    bool mac_right = false;
    std::optional<runtime::NetError> error;  ///< none when a reply came
    bool ended = false;                      ///< the host closed instead of replying
    runtime::Duration took{};
};

/// All that came on one connection in some time.
struct Heard {
    Bytes octets;
    bool ended = false;                 ///< the host closed
    runtime::Duration first{}, last{};  ///< when octets came, from the request on
};

/// A terminal as the host sees it.
class Client {
  public:
    explicit Client(HostBench& bench) : bench_(bench) {}

    /// Signs in (60.3 `form`) and takes the keys into use.
    iso8583::Message sign_in(std::string_view form = "003");

    /// Takes the keys of the answer to a sign-in into use, and returns that.
    iso8583::Message take_keys(iso8583::Message reply, std::string_view form = "003");

    iso8583::Message sale(std::int64_t amount, std::string_view pan = credit);
    /// A sale by a terminal that takes a partial approval (60.6 is 1).
    iso8583::Message sale_taking_parts(std::int64_t amount);
    iso8583::Message inquiry(std::string_view pan = credit);
    iso8583::Message undo(std::string_view mti, std::string_view type, std::int64_t amount,
                          const iso8583::Message& original);
    /// Of any type: its row of the table, field 37, and 61 with batch and STAN of `original` where there is
    /// one.
    iso8583::Message request(iso8583::TransactionType type, std::int64_t amount,
                             const iso8583::Message* original = nullptr);
    /// An approved one, with the reference number (37) and authorisation code (38) of its answer.
    iso8583::Message approved(iso8583::TransactionType type, std::int64_t amount,
                              const iso8583::Message* original = nullptr);
    /// A completion, or the void, of an approved pre-authorisation: by PAN, code and date (today).
    iso8583::Message on_hold(iso8583::TransactionType type, std::int64_t amount,
                             const iso8583::Message& pre_authorisation);
    iso8583::Message reversal(const iso8583::Message& original, std::string_view reason = "98");
    void add_pin(iso8583::Message& message, std::string_view pin, std::string_view pan = credit) const;
    /// A sale by stripe; its track is in clear.
    iso8583::Message swiped_sale(std::int64_t amount, std::string_view track2);
    /// Precondition: signed in with 004
    const crypto::DesCipher& track_key() const { return track_key_.value(); }

    /// One connection: sends with a MAC, waits for the reply up to `patience`.
    Exchange exchange(const iso8583::Message& message, runtime::Duration patience = std::chrono::seconds(30));
    /// One connection: sends `octets`, and listens for `length`.
    Heard hear(const Bytes& octets, runtime::Duration length);
    Heard hear(const iso8583::Message& message, runtime::Duration length = std::chrono::seconds(10)) {
        return hear(frame(message), length);
    }
    /// The same where a reply must come.
    iso8583::Message ask(const iso8583::Message& message);
    /// Field 39 of the reply.
    std::string code(const iso8583::Message& message) { return std::string(ask(message).get(39)); }
    Bytes frame(iso8583::Message message) const;

    std::string next_stan();
    const std::string& batch() const noexcept { return batch_; }
    /// Takes the batch number of an answer into use, and begins its STANs anew.
    void adopt_batch(const iso8583::Message& reply);

  private:
    runtime::Task<void> listen(Bytes request, runtime::Duration length, Heard& heard);
    runtime::Task<void> talk(Bytes request, runtime::Duration patience, Exchange& result);

    HostBench& bench_;
    std::optional<crypto::DesCipher> pin_key_;
    std::optional<crypto::DesCipher> mac_key_;
    std::optional<crypto::DesCipher> track_key_;
    bool double_length_ = true;  ///< the PIN key
    std::string batch_ = "000001";
    int last_stan_ = 0;
};

}  // namespace posbench::test
