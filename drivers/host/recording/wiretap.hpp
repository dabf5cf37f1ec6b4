#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "bench/runtime/bytes.hpp"
#include "drivers/protocols/iso8583/dialect.hpp"
#include "drivers/protocols/iso8583/frame.hpp"
#include "drivers/protocols/iso8583/message.hpp"

namespace posbench::host {

/// Reads the frames in one direction of a connection as its octets pass, in whatever pieces they come. It
/// holds one frame at most. A frame whose message is none of the dialect is passed over. Octets that are no
/// frame end it: where the next frame would begin nobody knows; what passes from there on is counted.
class Wiretap {
  public:
    struct Heard {
        iso8583::Tpdu tpdu;
        Bytes header;
        iso8583::Message message;
        std::size_t octets = 0;  ///< of the frame without its length
    };
    /// @param heard a message passed
    /// @param lost  octets passed that are none: why, with field and octet
    Wiretap(const iso8583::Dialect& dialect, std::function<void(const Heard&)> heard,
            std::function<void(const std::string&)> lost);

    void feed(ByteView octets);
    /// The direction has ended; inside a frame that is a loss.
    void end();
    /// Octets that passed and were not read.
    std::size_t unread() const noexcept { return unread_; }

  private:
    bool take_frame();
    void lose(const std::string& why);

    const iso8583::Dialect& dialect_;
    std::function<void(const Heard&)> heard_;
    std::function<void(const std::string&)> lost_;
    Bytes pending_;
    bool deaf_ = false;
    std::size_t unread_ = 0;
};

}  // namespace posbench::host
