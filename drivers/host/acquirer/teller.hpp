#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/runtime/clock.hpp"
#include "bench/trace/recorder.hpp"
#include "drivers/host/acquirer/authorisation.hpp"
#include "drivers/host/figures.hpp"

namespace posbench::host {

/// An answer as it goes to the wire.
struct Wire {
    iso8583::Message message;  ///< as the trace tells it
    std::string_view mac;      ///< "ok", "bad", "absent"
    Bytes octets;              ///< length prefix included
    std::string_view check{};  ///< which of the host's checks refused; empty: none did
};

/// What a rule did.
struct Deed {
    std::string_view code{};    ///< field 39 it forced
    runtime::Duration delay{};  ///< it added
    std::string detail{};       ///< no octet of a field
};

/// Tells the trace what the host does (`host.*` in bench/trace/vocabulary.cpp), and counts it. Where nobody
/// reads the trace no event is made; the figures are there all the same. Whoever tells suspends next where
/// what others do at the event has to come first.
class Teller {
  public:
    Teller(trace::Recorder& trace, Currency currency) noexcept : trace_(trace), currency_(currency) {}

    void port(bool open, const std::string& endpoint);
    void connected(std::int64_t connection);
    void disconnected(std::int64_t connection, std::string_view reason);
    void rejected(std::int64_t connection, std::string_view reason, std::size_t octets);
    void asked(std::int64_t connection, const Request& request);
    /// @param octets of the frame, without its prefix
    /// @param took from the whole request on
    void answered(std::int64_t connection, const Wire& wire, std::size_t octets, runtime::Duration took);
    void posted(const Posting& posting);
    void order(const OrderChange& change);
    void compared(const Compared& compared, std::string_view tid);
    void replayed(const Replayed& replayed, std::string_view stan);
    /// @param stan of the request that met the rule; empty when a connection did
    void bent(std::string_view action, std::string_view rule, const Deed& deed, std::string_view stan = {});
    /// Of the host itself.
    void warning(std::string text);

    const Figures& figures() const noexcept { return figures_; }

  private:
    trace::Recorder& trace_;
    Currency currency_;
    Figures figures_;
};

}  // namespace posbench::host
