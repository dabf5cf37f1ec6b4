#include "drivers/card/image_keys.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "drivers/card/emulated/image.hpp"

namespace posbench::card {
namespace {

/// The class octet without the bits of secure messaging: commands of EMV are proprietary, those of ISO/IEC
/// 7816-4 are not.
std::uint8_t class_of(emv::Instruction instruction) noexcept {
    const bool interindustry =
        instruction == emv::Instruction::put_data || instruction == emv::Instruction::update_record;
    return interindustry ? 0x00 : 0x80;
}

Result<crypto::Block8> octets_of(const Dialogue::Cryptogram& made) {
    crypto::Block8 octets{};
    if (made.octets.size() != octets.size()) return Error{"a cryptogram has 8 octets"};
    std::ranges::copy(made.octets, octets.begin());
    return octets;
}

Result<Bytes> enciphered_pin(const IssuerKeys& keys, const ScriptCommand& command,
                             const emv::ScriptContext& context) {
    if (!keys.encipherment)
        return Error{"the image has no issuer_encipherment_key for this application: no PIN goes in clear"};
    return emv::enciphered_pin_block(keys.version,
                                     emv::messaging_key(keys.version, *keys.encipherment, context),
                                     keys.cryptogram, command.pin, command.current_pin);
}

}  // namespace

ImageKeys::ImageKeys(const config::Value& settings, Interface interface)
    : image_(std::make_shared<const CardImage>(read_card_image(settings))), interface_(interface) {}

bool ImageKeys::has_applications() const noexcept {
    return !(interface_ == Interface::contact ? image_->applications : image_->contactless).empty();
}

const std::vector<std::string>& ImageKeys::pans() const noexcept {
    return image_->pans;
}

const Application* ImageKeys::find(ByteView application) const noexcept {
    const auto& list = interface_ == Interface::contact ? image_->applications : image_->contactless;
    const auto found =
        std::ranges::find_if(list, [&](const auto& one) { return std::ranges::equal(one.aid, application); });
    return found == list.end() ? nullptr : &*found;
}

const Application* ImageKeys::find(ByteView application, const Dialogue::Cryptogram& made) const {
    const Application* one = find(application);
    return one && one->with_sm && made.with_sm ? one->with_sm.get() : one;
}

Error ImageKeys::none(ByteView application) const {
    if (application.empty()) return Error{"no application is selected: type select AID first"};
    return Error{fmt::format("the image has no application {} over {}", to_hex(application),
                             interface_ == Interface::contact ? "contacts" : "the field")};
}

Result<Bytes> ImageKeys::issuer_authentication(ByteView application, const Dialogue::Cryptogram& asked,
                                               const emv::IssuerDecision& decision) const {
    const Application* one = find(application, asked);
    if (!one) return none(application);
    const auto arqc = octets_of(asked);
    if (!arqc) return arqc.error();
    return emv::issuer_authentication_data(one->issuer.version, one->issuer.cryptogram, asked.counter, *arqc,
                                           decision);
}

Result<SecuredCommand> ImageKeys::secure(ByteView application, const ScriptCommand& command,
                                         const ScriptTurn& turn) const {
    constexpr std::uint8_t secured_by_format1 = 0x0C, secured_by_format2 = 0x04;
    const Application* one = find(application, turn.first);
    if (!one) return none(application);
    const IssuerKeys& keys = one->issuer;
    if (!keys.mac)
        return Error{"the image has no issuer_mac_key for this application: its card takes no scripts"};
    const auto cryptogram = octets_of(turn.first);
    if (!cryptogram) return cryptogram.error();
    const auto context = emv::script_context(keys.version, turn.first.counter, *cryptogram, turn.before);
    const crypto::Block8 chaining = turn.chaining.value_or(context.cryptogram);
    const bool changes_pin = !command.pin.empty(), format1 = keys.messaging_format == 1;
    const auto data = changes_pin ? enciphered_pin(keys, command, context) : command.data;
    if (!data) return data.error();
    constexpr std::size_t most_data = 230;  // a short command, with what secure messaging lays around it
    if (data->size() > most_data)
        return Error{
            fmt::format("a script command takes {} octets of data, not {}", most_data, data->size())};
    const emv::CommandHeader header{
        static_cast<std::uint8_t>(class_of(command.instruction) |
                                  (format1 ? secured_by_format1 : secured_by_format2)),
        static_cast<std::uint8_t>(command.instruction), command.p1, command.p2};
    const auto mac_key = emv::messaging_key(keys.version, *keys.mac, context);
    if (!format1)
        return SecuredCommand{emv::secure_format2(mac_key, header, *data, context, keys.mac_size), {}};
    const emv::Format1Data objects{*data, changes_pin};
    SecuredCommand secured{emv::secure_format1(mac_key, header, objects, chaining, keys.mac_size), {}};
    const Bytes whole = emv::secure_format1(mac_key, header, objects, chaining, secured.mac.size());
    std::ranges::copy(ByteView(whole).last(secured.mac.size()), secured.mac.begin());
    return secured;
}

std::vector<crypto::PublicKey> ImageKeys::card_keys(ByteView application) const {
    std::vector<crypto::PublicKey> keys;
    const Application* one = find(application);
    for (const Application* side : {one, one ? one->with_sm.get() : nullptr})
        if (side && side->authentication.card_key)
            keys.push_back(
                crypto::public_key_from_pem(crypto::public_pem(*side->authentication.card_key)).value());
    return keys;
}

Result<crypto::RsaPublicKey> ImageKeys::pin_key(ByteView application) const {
    const Application* one = find(application);
    if (!one) return none(application);
    if (!one->authentication.pin_key)
        return Error{"the image has no key for enciphered PINs: authentication.pin, or an RSA key 'card'"};
    return crypto::RsaPublicKey::from_pem(one->authentication.pin_key->public_key().to_pem());
}

}  // namespace posbench::card
