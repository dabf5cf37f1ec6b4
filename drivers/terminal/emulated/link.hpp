#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "bench/runtime/result.hpp"
#include "bench/runtime/stream.hpp"
#include "drivers/terminal/emulated/journal.hpp"
#include "drivers/terminal/emulated/keys.hpp"
#include "drivers/terminal/emulated/messages.hpp"
#include "drivers/terminal/emulated/panel.hpp"
#include "drivers/tls/settings.hpp"

namespace posbench::terminal {

/// Why nothing came of talking to the host.
struct LinkFailure {
    std::string_view reason;  ///< as terminal.outcome names it
    Text text{};
    bool begun = false;  ///< part of a reply had arrived
};

/// The terminal's way to its host: one connection an exchange, opened with a bounded number of attempts and
/// closed in order. What does not arrive whole within the reply time is never acted upon.
class Link {
  public:
    Link(runtime::Clock& clock, Panel& panel, Device& device, runtime::Connector& connector,
         runtime::Endpoint host, const TerminalSettings& settings, const WorkingKeys& keys,
         const Journal& journal)
        : clock_(clock),
          panel_(panel),
          device_(device),
          connector_(connector),
          host_(std::move(host)),
          settings_(settings),
          keys_(keys),
          journal_(journal),
          tls_(settings.tls ? std::optional(settings.tls->at(clock.wall_start())) : std::nullopt) {}

    runtime::Task<std::optional<LinkFailure>> open();
    /// Sends a request, with a MAC when working keys protect it, its tracks enciphered when there is a track
    /// key. Without the keys for one nothing is sent,
    /// and the connection is closed. Precondition: open
    enum class Protection { none, mac };
    runtime::Task<std::optional<LinkFailure>> send(iso8583::Message request, Protection protection);
    /// The reply, at most the reply time after this call. Precondition: open
    runtime::Task<Result<Reply, LinkFailure>> receive();
    runtime::Task<void> close();

  private:
    runtime::Task<Result<Bytes, LinkFailure>> receive_frame();
    /// SIM and modem are fine, or become so within the time to connect.
    runtime::Task<std::optional<LinkFailure>> await_radio();
    /// Shakes hands over the connection that stands. None when it is done, or the handshake merely ended.
    runtime::Task<std::optional<LinkFailure>> secure();
    runtime::Task<void> lost(std::string_view reason);
    runtime::Task<LinkFailure> unreadable();

    runtime::Clock& clock_;
    Panel& panel_;
    Device& device_;
    runtime::Connector& connector_;
    runtime::Endpoint host_;
    const TerminalSettings& settings_;
    const WorkingKeys& keys_;
    const Journal& journal_;                  ///< whose clock judges certificates
    std::optional<tls::ClientSettings> tls_;  ///< none: plain TCP
    std::unique_ptr<runtime::Stream> stream_;
    int unreadable_replies_ = 0;
};

}  // namespace posbench::terminal
