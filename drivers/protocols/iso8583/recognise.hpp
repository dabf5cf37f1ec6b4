#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "drivers/protocols/iso8583/frame.hpp"
#include "drivers/protocols/iso8583/message_view.hpp"

namespace posbench::iso8583 {

/// A message, and what stood in front of it.
struct Recognised {
    std::optional<std::size_t> length;  ///< the frame's, where octets told it
    std::optional<Frame> frame;         ///< TPDU and header
    MessageView message;
};

/// Why octets are no message in any of the forms, told for the one that went farthest, of several
/// for the simplest; for frames with their lengths where one of them was whole.
struct NotRecognised {
    std::string form;              ///< "a message behind TPDU and header"
    std::size_t before = 0;        ///< octets in front of what the error is about
    std::size_t whole_frames = 0;  ///< in front of those
    DecodeError error;
};
[[noreturn]] void throw_exception_from_error(const NotRecognised& error, const boost::source_location&);

/// Octets as somebody copied them: one or more frames with their lengths, a frame without, or a message
/// alone, whichever all of them are. @param dialect outlives what is returned, and so do the octets
Result<std::vector<Recognised>, NotRecognised> recognise(const Dialect& dialect, ByteView octets);

}  // namespace posbench::iso8583
