#include "drivers/host/recording/relay.hpp"

#include <array>
#include <deque>
#include <utility>

#include <fmt/format.h>

#include "bench/runtime/plural.hpp"
#include "bench/runtime/sync.hpp"

namespace posbench::host {
namespace {

using runtime::Task;

constexpr std::size_t octets_at_once = 4096;
constexpr auto accept_pause = std::chrono::milliseconds(100);

bool is_reply(const iso8583::Message& message) {
    return message.mti().size() == 4 && (message.mti()[2] - '0') % 2 == 1;
}

}  // namespace

/// One connection and its twin to the acquirer.
class Relay::Passage {
  public:
    Passage(Relay& relay, std::int64_t number, runtime::Stream& terminal, runtime::Stream& acquirer)
        : relay_(relay),
          number_(number),
          terminal_(terminal),
          acquirer_(acquirer),
          up_(
              relay.dialect_, [this](const Wiretap::Heard& heard) { hear(heard); },
              [this](const std::string& why) { relay_.ears_.note(number_, "from the terminal: " + why); }),
          down_(
              relay.dialect_, [this](const Wiretap::Heard& heard) { hear(heard); },
              [this](const std::string& why) { relay_.ears_.note(number_, "from the acquirer: " + why); }),
          last_octet_(relay.clock_.now()) {
        relay_.live_.push_back(this);
    }
    Passage(const Passage&) = delete;
    Passage& operator=(const Passage&) = delete;
    ~Passage() { std::erase(relay_.live_, this); }

    /// Until both directions have ended.
    Task<void> run() {
        runtime::Job upward(relay_.clock_, pump(terminal_, acquirer_, up_));
        co_await pump(acquirer_, terminal_, down_);
        while (!upward.done()) co_await ended_.wait(relay_.clock_);
        tell_waiting();
        for (const auto& [tap, side] : {std::pair(&up_, "terminal"), std::pair(&down_, "acquirer")})
            if (tap->unread() > 0)
                relay_.ears_.note(number_, fmt::format("{} of the {} were passed on unread",
                                                       runtime::counted(tap->unread(), "octet"), side));
    }

    /// What has no answer so far.
    void tell_waiting() {
        while (!waiting_.empty()) tell_oldest();
    }

  private:
    struct Waiting {
        RecordedExchange exchange;
        runtime::TimePoint at;
    };

    /// One direction. The end of one side is passed on to the other; a reset ends both.
    Task<void> pump(runtime::Stream& from, runtime::Stream& to, Wiretap& tap) {
        std::array<std::uint8_t, octets_at_once> buffer{};
        for (;;) {
            const auto count = co_await from.read_some(buffer, last_octet_ + relay_.limits_.idle);
            const bool timed_out = !count && count.error() == runtime::NetError::timed_out;
            if (timed_out && relay_.clock_.now() < last_octet_ + relay_.limits_.idle) continue;
            if (timed_out) relay_.ears_.note(number_, "idle");
            if (!count || *count == 0) {
                tap.end();
                if (!timed_out) side_ended(&from == &acquirer_);
                count ? to.close() : to.reset();
                break;
            }
            last_octet_ = relay_.clock_.now();
            const ByteView octets = ByteView(buffer).first(*count);
            tap.feed(octets);
            const auto passed = co_await to.write(octets, last_octet_ + relay_.limits_.idle);
            if (!passed) {
                from.reset();
                break;
            }
        }
        ended_.notify_all();
    }

    void hear(const Wiretap::Heard& heard) {
        KeptMessage kept = keep(relay_.dialect_, heard);
        const runtime::TimePoint now = relay_.clock_.now();
        if (!is_reply(heard.message)) {
            RecordedExchange exchange;
            exchange.connection = number_;
            exchange.at = now.time_since_epoch();
            exchange.request = std::move(kept);
            waiting_.push_back({std::move(exchange), now});
            if (waiting_.size() > relay_.limits_.unanswered) tell_oldest();
            return;
        }
        const auto asked = std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiting& one) {
            // The reversal of a transaction has its STAN.
            return iso8583::reply_mti(one.exchange.request.mti) == kept.mti &&
                   one.exchange.request.get(11) == kept.get(11) &&
                   one.exchange.request.get(41) == kept.get(41);
        });
        if (asked == waiting_.end()) {
            relay_.ears_.note(number_,
                              fmt::format("an answer {} to no request, STAN {}", kept.mti, kept.get(11)));
            return;
        }
        asked->exchange.reply = std::move(kept);
        asked->exchange.took = now - asked->at;
        relay_.ears_.exchange(asked->exchange);
        waiting_.erase(asked);
    }

    /// Requests of a terminal that is still there are without an answer because the acquirer hung up.
    void side_ended(bool acquirer) {
        if (!acquirer) terminal_ended_ = true;
        if (!acquirer || terminal_ended_) return;
        for (Waiting& one : waiting_) one.exchange.closed = relay_.clock_.now() - one.at;
    }

    void tell_oldest() {
        relay_.ears_.exchange(waiting_.front().exchange);
        waiting_.pop_front();
    }

    Relay& relay_;
    std::int64_t number_;
    runtime::Stream& terminal_;
    runtime::Stream& acquirer_;
    std::deque<Waiting> waiting_;  ///< requests without an answer, the oldest first
    bool terminal_ended_ = false;
    Wiretap up_, down_;
    runtime::TimePoint last_octet_;
    runtime::Condition ended_;
};

Relay::Relay(runtime::Clock& clock, runtime::Listener& listener, runtime::Connector& connector,
             runtime::Endpoint upstream, const iso8583::Dialect& dialect, RelayEars ears, Limits limits)
    : clock_(clock),
      listener_(listener),
      connector_(connector),
      upstream_(std::move(upstream)),
      dialect_(dialect),
      ears_(std::move(ears)),
      limits_(limits),
      passages_(clock) {}

Relay::~Relay() = default;

void Relay::stop() {
    for (Passage* passage : live_) passage->tell_waiting();
}

Task<void> Relay::run() {
    for (;;) {
        auto stream = co_await listener_.accept();
        if (!stream && stream.error() == runtime::NetError::closed) co_return;
        if (!stream) {
            ears_.note(0, fmt::format("could not accept: {}", to_string(stream.error())));
            co_await clock_.sleep_for(accept_pause);
            continue;
        }
        const std::int64_t number = ++last_connection_;
        if (passages_.size() < limits_.connections) {
            passages_.spawn(pass(*std::move(stream), number));
        } else {
            (*stream)->reset();
            ears_.note(number, fmt::format("all {} connections are taken", limits_.connections));
        }
    }
}

Task<void> Relay::pass(std::unique_ptr<runtime::Stream> down, std::int64_t number) {
    ears_.note(number, "connected from " + down->peer());
    const auto up = co_await connector_.connect(upstream_, clock_.now() + limits_.connect);
    if (!up) {
        down->reset();
        ears_.note(number, fmt::format("the acquirer {} was not reached: {}", upstream_.to_string(),
                                       to_string(up.error())));
        co_return;
    }
    Passage passage(*this, number, *down, **up);
    co_await passage.run();
    ears_.note(number, "ended");
}

}  // namespace posbench::host
