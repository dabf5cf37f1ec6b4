#include "drivers/host/recording/wiretap.hpp"

#include <utility>

#include <fmt/format.h>

#include "bench/runtime/plural.hpp"

namespace posbench::host {

Wiretap::Wiretap(const iso8583::Dialect& dialect, std::function<void(const Heard&)> heard,
                 std::function<void(const std::string&)> lost)
    : dialect_(dialect), heard_(std::move(heard)), lost_(std::move(lost)) {}

void Wiretap::feed(ByteView octets) {
    while (!octets.empty() && !deaf_) {
        // No more is taken at once than one frame can have, so that no more than that is ever held.
        const std::size_t most = dialect_.framing.length_octets + dialect_.framing.most;
        const std::size_t piece = std::min(octets.size(), most - std::min(most, pending_.size()));
        append(pending_, octets.first(piece));
        octets = octets.subspan(piece);
        while (!deaf_ && take_frame()) {
        }
    }
    if (deaf_) unread_ += octets.size();
}

void Wiretap::end() {
    if (!deaf_ && !pending_.empty())
        lose(fmt::format("the connection ended inside a frame after {}",
                         runtime::counted(pending_.size(), "octet")));
}

/// Takes the frame at the front of what is held; false when it is not whole yet.
bool Wiretap::take_frame() {
    const std::size_t prefix = dialect_.framing.length_octets;
    if (pending_.size() < prefix) return false;
    const auto size = iso8583::frame_size(dialect_, ByteView(pending_).first(prefix));
    if (!size) {
        lose(size.error().what);
        return false;
    }
    if (pending_.size() < prefix + *size) return false;
    const ByteView octets = ByteView(pending_).subspan(prefix, *size);
    const auto frame = iso8583::decode_frame(dialect_, octets);
    if (!frame) {
        lose(frame.error().what);
        return false;
    }
    if (auto message = iso8583::decode(dialect_, frame->message)) {
        heard_({frame->tpdu, Bytes(frame->header.begin(), frame->header.end()), *std::move(message), *size});
    } else {
        unread_ += prefix + *size;
        lost_(message.error().what);
    }
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(prefix + *size));
    return true;
}

void Wiretap::lose(const std::string& why) {
    deaf_ = true;
    unread_ += pending_.size();
    pending_.clear();
    pending_.shrink_to_fit();
    lost_(why);
}

}  // namespace posbench::host
