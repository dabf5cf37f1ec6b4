#include "drivers/host/acquirer/session.hpp"

#include <algorithm>

namespace posbench::host {
namespace {

Bytes draw_key(std::size_t octets, runtime::Random& random) {
    Bytes key(octets);
    random.fill(key);
    crypto::adjust_parity(key);
    return key;
}

void append_key(Bytes& out, const Bytes& key, std::size_t width, const crypto::DesCipher& master_key) {
    append(out, master_key.encrypt(ByteView(key)));
    out.resize(out.size() + (width - key.size()), 0);
    append(out, crypto::key_check_value(key));
}

}  // namespace

std::optional<KeyForm> key_form(std::string_view network_management) noexcept {
    if (network_management == "001") return KeyForm::single_length;
    if (network_management == "003") return KeyForm::double_length;
    if (network_management == "004") return KeyForm::track_key;
    return std::nullopt;
}

WorkingKeys draw_keys(KeyForm form, runtime::Random& random) {
    WorkingKeys keys;
    keys.pin = draw_key(form == KeyForm::single_length ? 8 : 16, random);
    keys.mac = draw_key(8, random);
    if (form == KeyForm::track_key) keys.track = draw_key(16, random);
    return keys;
}

Bytes key_field(const WorkingKeys& keys, const crypto::DesCipher& master_key) {
    Bytes field;
    append_key(field, keys.pin, keys.pin.size(), master_key);
    append_key(field, keys.mac, keys.pin.size(), master_key);
    if (!keys.track.empty()) append_key(field, keys.track, keys.track.size(), master_key);
    return field;
}

Session::Session(const TerminalProfile& profile)
    : profile_(&profile), master_key_(profile.master_key), batch_(profile.batch) {
    for (const Requirement requirement : profile.requirements)
        owed_[static_cast<std::size_t>(requirement)] = true;
}

Bytes Session::sign_in(const WorkingKeys& keys) {
    ++key_generation_;
    if (told_to_sign_in_) fetched(Requirement::sign_in);
    keys_.emplace(Ciphers{crypto::DesCipher(keys.pin), keys.pin.size() == 16, crypto::DesCipher(keys.mac),
                          std::nullopt});
    if (!keys.track.empty()) keys_->track.emplace(keys.track);
    return key_field(keys, master_key_);
}

Requirement Session::tell(bool to_sign_in) noexcept {
    for (std::size_t digit = 1; digit < owed_.size(); ++digit) {
        const auto requirement = static_cast<Requirement>(digit);
        if (!owed_[digit] || (to_sign_in && requirement == Requirement::sign_in)) continue;
        told_to_sign_in_ = told_to_sign_in_ || requirement == Requirement::sign_in;
        return requirement;
    }
    return Requirement::none;
}

iso8583::MacFunction Session::mac() const {
    if (!keys_) return {};
    return [this](ByteView covered) { return crypto::mac_unionpay(keys_.value().mac, covered); };
}

std::optional<crypto::Block8> Session::pin_block(ByteView field52, const iso8583::Field53& made) const {
    crypto::Block8 block;
    if (!keys_ || field52.size() != block.size())
        return std::nullopt;  // signed off while the request was in work
    if (made.double_length != keys_->pin_double_length) return std::nullopt;
    std::ranges::copy(field52, block.begin());
    return keys_.value().pin.decrypt(block);
}

Sessions::Sessions(const Profile& profile) {
    by_tid_.reserve(profile.terminals.size());
    for (const TerminalProfile& terminal : profile.terminals) by_tid_.try_emplace(terminal.tid, terminal);
}

Session* Sessions::find(std::string_view tid) noexcept {
    if (tid.size() != 8) return nullptr;
    const auto found = by_tid_.find(tid);
    return found == by_tid_.end() ? nullptr : &found->second;
}

}  // namespace posbench::host
