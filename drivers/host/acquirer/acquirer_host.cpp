#include "drivers/host/acquirer/acquirer_host.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace posbench::host {
namespace {

using namespace std::chrono_literals;

/// After a failure of the system (out of descriptors, say) the next attempt to accept waits this long.
constexpr auto accept_pause = 100ms;

/// Lists a stream as long as its connection is served.
class Listed {
  public:
    Listed(std::vector<runtime::Stream*>& list, runtime::Stream& stream) : list_(list), stream_(&stream) {
        list_.push_back(stream_);
    }
    Listed(const Listed&) = delete;
    Listed& operator=(const Listed&) = delete;
    ~Listed() { std::erase(list_, stream_); }

  private:
    std::vector<runtime::Stream*>& list_;
    runtime::Stream* stream_;
};

}  // namespace

AcquirerHost::AcquirerHost(std::shared_ptr<const Profile> profile, drivers::Context& context,
                           runtime::Listener& listener)
    : profile_(std::move(profile)),
      clock_(context.clock),
      teller_(context.trace, profile_->currency),
      listener_(listener),
      tls_(profile_->tls ? std::optional(profile_->tls->at(clock_.wall_start())) : std::nullopt),
      sessions_(*profile_),
      ledger_(profile_->currency, profile_->history),
      authorisation_(*profile_, sessions_, ledger_, context.random),
      behaviour_(profile_->rules, context.random.fork("host.rules")),
      desk_{clock_, teller_, *profile_, sessions_, authorisation_, behaviour_, orders_changed_, {}},
      port_jobs_(clock_),
      connections_(clock_) {}

AcquirerHost::~AcquirerHost() {
    stop();
}

void AcquirerHost::start() {
    if (started_) return;
    started_ = true;
    port_open_ = true;
    listener_.set_open(true);
    teller_.port(true, listener_.endpoint().to_string());
    update_port();
    port_jobs_.spawn(tend_port());
    port_jobs_.spawn(take_connections());
    port_jobs_.spawn(tend_orders());
}

void AcquirerHost::stop() noexcept {
    started_ = false;
    for (runtime::Stream* stream : streams_) stream->close();
    port_jobs_.clear();
    connections_.clear();
}

void AcquirerHost::add_rules(const config::Value& rules) {
    behaviour_.add(read_rules(rules, {profile_->dialect, profile_->currency}));
    if (started_) update_port();
    rules_changed_.notify_all();
}

void AcquirerHost::behave() {
    behaviour_.clear();
    if (started_) update_port();
    rules_changed_.notify_all();
}

std::string AcquirerHost::scan_code(std::string_view wallet, std::string_view code) {
    const WalletProfile* known = find_wallet(profile_->wallets, wallet);
    if (!known) return fmt::format("the host has no wallet '{}'", wallet);
    if (profile_->recording) return "a recording answers, and no wallet pays";
    const auto scanned = authorisation_.scan(*known, code, clock_.wall_now());
    if (!scanned) return "no order waits for a customer to scan its code";
    teller_.order(*scanned);
    orders_changed_.notify_all();
    return {};
}

Totals AcquirerHost::totals() const {
    const auto [debits, credits] = ledger_.totals();
    return {debits, credits, ledger_.difference()};
}

runtime::Task<void> AcquirerHost::take_connections() {
    for (;;) {
        auto stream = co_await listener_.accept();
        if (stream) {
            const std::int64_t number = ++last_connection_;
            if (connections_.size() < profile_->connections)
                connections_.spawn(serve(*std::move(stream), number));
            else
                co_await turn_away(**stream, number);
        } else if (stream.error() != runtime::NetError::closed) {
            teller_.warning(fmt::format("the host could not accept: {}", to_string(stream.error())));
            co_await clock_.sleep_for(accept_pause);
        } else if (port_open_) {
            co_await clock_.sleep_for(accept_pause);  // closed and opened again in the meantime
        } else {
            co_await port_changed_.wait(clock_);
        }
    }
}

runtime::Task<void> AcquirerHost::serve(std::unique_ptr<runtime::Stream> stream, std::int64_t number) {
    if (tls_) {
        tls::Engine engine = tls::Engine::server(*tls_, clock_.wall_now());
        tls::TlsStream secured(std::move(stream), std::move(engine));
        const Listed listed(streams_, secured);
        Connection connection(desk_, secured, tls_->stall, number);
        co_await connection.serve();
        co_return;
    }
    const Listed listed(streams_, *stream);
    Connection connection(desk_, *stream, number);
    co_await connection.serve();
}

runtime::Task<void> AcquirerHost::turn_away(runtime::Stream& stream, std::int64_t number) {
    teller_.connected(number);
    co_await clock_.yield();
    stream.reset();
    teller_.disconnected(number, fmt::format("all {} connections are taken", profile_->connections));
    co_await clock_.yield();
}

/// Follows the windows of the rules that refuse connections.
runtime::Task<void> AcquirerHost::tend_port() {
    for (;;) {
        update_port();
        const auto left = behaviour_.until_port_change(clock_.wall_now());
        const auto deadline = left ? clock_.now() + *left : runtime::never;
        co_await rules_changed_.wait(clock_, deadline);
    }
}

/// Customers confirm and refuse, and orders expire, whatever terminals ask meanwhile.
runtime::Task<void> AcquirerHost::tend_orders() {
    for (;;) {
        while (const auto change = authorisation_.tend_order(clock_.wall_now())) {
            teller_.order(*change);
            if (change->posted) teller_.posted(*change->posted);
            co_await clock_.yield();
        }
        const auto due = authorisation_.next_order_due();
        const auto deadline = due ? clock_.now() + (*due - clock_.wall_now()) : runtime::never;
        co_await orders_changed_.wait(clock_, deadline);
    }
}

void AcquirerHost::update_port() {
    const Rule* refusing = behaviour_.refusing(clock_.wall_now());
    const bool open = refusing == nullptr;
    if (open == port_open_) return;
    port_open_ = open;
    listener_.set_open(open);
    if (refusing) teller_.bent(refusing->then.name, refusing->name, {});
    teller_.port(open, listener_.endpoint().to_string());
    if (open) port_changed_.notify_all();
}

}  // namespace posbench::host
