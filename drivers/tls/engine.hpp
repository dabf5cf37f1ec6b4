#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/result.hpp"
#include "bench/runtime/time.hpp"
#include "drivers/tls/settings.hpp"

namespace posbench::tls {

/// Why a handshake came to nothing.
enum class Reason {
    expired,            ///< the peer's certificate is over
    not_yet_valid,      ///< it is not yet valid
    wrong_name,         ///< it is somebody else's
    unknown_authority,  ///< nobody that is believed issued it
    bad_certificate,    ///< anything else about it; a client has none
    refused,            ///< the peer refused, by an alert
    version,            ///< no common version
    protocol,           ///< octets that are no TLS
    ended,              ///< the connection ended, or the time was up
};
std::string_view to_string(Reason reason) noexcept;

struct Refusal {
    Reason reason{};
    std::string what;  ///< one sentence, of OpenSSL's words
};
[[noreturn]] void throw_exception_from_error(const Refusal& refusal, const boost::source_location&);

/// One end of a TLS connection (RFC 8446, RFC 5246) over OpenSSL without any I/O: octets of the peer are fed
/// in, octets for the peer are taken out. Sessions are not resumed, and with RSA keys the lengths of all that
/// is sent are the same in every run.
class Engine {
  public:
    /// @param now when certificates are judged: the civil time of this end's own clock
    /// @throws std::invalid_argument for keys or certificates that cannot be read
    static Engine server(const ServerSettings& settings, runtime::WallTime now);
    static Engine client(const ClientSettings& settings, runtime::WallTime now);
    Engine(Engine&&) noexcept;
    ~Engine();

    void feed(ByteView octets);
    /// What is to be sent to the peer; empty when there is nothing.
    Bytes take();

    enum class Progress { done, needs_octets };
    /// Goes as far as the octets that were fed allow. A refusal leaves an alert to be taken.
    Result<Progress, Refusal> handshake();
    /// Clear text of the peer: 0 octets when more must be fed first. `ended` is set by its close_notify.
    Result<std::size_t, Refusal> read(std::span<std::uint8_t> buffer);
    bool ended() const noexcept;
    /// Precondition: the handshake is done
    Result<void, Refusal> write(ByteView clear);

  private:
    struct State;
    explicit Engine(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace posbench::tls
