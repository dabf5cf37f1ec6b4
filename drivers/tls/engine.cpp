#include "drivers/tls/engine.hpp"

#include <array>
#include <stdexcept>
#include <utility>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "drivers/tls/openssl_tls.hpp"

namespace posbench::tls {
namespace {

using crypto::require;

OwnedTls<X509> next_certificate(BIO* text) {
    OwnedTls<X509> certificate(PEM_read_bio_X509(text, nullptr, nullptr, nullptr));
    ERR_clear_error();
    return certificate;
}

void take_identity(SSL_CTX* context, const Identity& own) {
    const auto text = reading(own.certificates);
    const auto certificate = next_certificate(text.get());
    if (!certificate) throw std::invalid_argument("no certificate as PEM");
    require(SSL_CTX_use_certificate(context, certificate.get()), "taking a certificate");
    while (auto issuer = next_certificate(text.get())) {
        require(SSL_CTX_add1_chain_cert(context, issuer.get()), "taking an issuer's certificate");
    }
    const auto key = read_key(own.key);
    if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
        ERR_clear_error();
        throw std::invalid_argument("the key is not that of the certificate");
    }
}

void believe(SSL_CTX* context, const std::string& authorities) {
    const auto text = reading(authorities);
    X509_STORE* store = SSL_CTX_get_cert_store(context);
    bool any = false;
    while (const auto certificate = next_certificate(text.get())) {
        require(X509_STORE_add_cert(store, certificate.get()), "believing an authority");
        any = true;
    }
    if (!any) throw std::invalid_argument("no certificate of an authority as PEM");
}

void set_versions(SSL_CTX* context, Version least, Version most) {
    require(SSL_CTX_set_min_proto_version(context, static_cast<int>(least)), "setting the least version");
    require(SSL_CTX_set_max_proto_version(context, static_cast<int>(most)), "setting the highest version");
    // A host that offers nothing newer must be able to be played.
    if (least < Version::tls1_2) SSL_CTX_set_security_level(context, 0);
}

/// No sessions and no tickets, one group: each connection is like the other, octet counts included.
void make_plain(SSL_CTX* context) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    require(SSL_CTX_set_num_tickets(context, 0), "leaving tickets out");
    require(static_cast<int>(SSL_CTX_set1_groups_list(context, "X25519:P-256")), "choosing groups");
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE);
}

Reason reason_of_verification(long result) noexcept {
    switch (result) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return Reason::expired;
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return Reason::not_yet_valid;
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return Reason::wrong_name;
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_CERT_SIGNATURE_FAILURE:
            return Reason::unknown_authority;
        default:
            return Reason::bad_certificate;
    }
}

/// For a client that does not ask who issued a certificate: OpenSSL's other checks stand.
int take_any_authority(int good, X509_STORE_CTX* checked) {
    if (good == 1) return 1;
    if (reason_of_verification(X509_STORE_CTX_get_error(checked)) != Reason::unknown_authority) return 0;
    X509_STORE_CTX_set_error(checked, X509_V_OK);
    return 1;
}

Reason reason_of(int reason) noexcept {
    switch (reason) {
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_WRONG_SSL_VERSION:
        case SSL_R_UNKNOWN_PROTOCOL:
        case SSL_R_NO_PROTOCOLS_AVAILABLE:
        case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
            return Reason::version;
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
            return Reason::bad_certificate;
        default:
            // OpenSSL numbers the reasons of alerts that came in from here on (ssl.h, SSL_AD_REASON_OFFSET).
            return reason >= SSL_AD_REASON_OFFSET ? Reason::refused : Reason::protocol;
    }
}

}  // namespace

struct Engine::State {
    OwnedTls<SSL_CTX> context;
    OwnedTls<SSL> connection;
    BIO* from_peer = nullptr;  ///< of the connection
    BIO* to_peer = nullptr;

    State(const SSL_METHOD* method, Version least, Version most)
        : context(own_tls(SSL_CTX_new(method), "preparing TLS")) {
        set_versions(context.get(), least, most);
        make_plain(context.get());
    }

    void connect_octets() {
        connection = own_tls(SSL_new(context.get()), "preparing a connection");
        from_peer = crypto::own(BIO_new(BIO_s_mem()), "preparing a connection").release();
        to_peer = crypto::own(BIO_new(BIO_s_mem()), "preparing a connection").release();
        SSL_set_bio(connection.get(), from_peer, to_peer);
    }

    void judge_at(runtime::WallTime now) {
        X509_VERIFY_PARAM_set_time(SSL_get0_param(connection.get()), to_time_t(now));
    }

    /// Of the error that OpenSSL holds. Precondition: the last call failed
    Refusal refusal() {
        const long verified = SSL_get_verify_result(connection.get());
        const unsigned long error = ERR_peek_last_error();
        const int reason = ERR_GET_REASON(error);
        Refusal refusal;
        if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED && verified != X509_V_OK) {
            refusal = {reason_of_verification(verified), X509_verify_cert_error_string(verified)};
        } else {
            const char* words = error != 0 ? ERR_reason_error_string(error) : nullptr;
            refusal = {reason_of(reason), words ? words : "the connection was ended"};
        }
        ERR_clear_error();
        return refusal;
    }
};

std::string_view to_string(Reason reason) noexcept {
    constexpr std::array<std::string_view, 9> words{"expired",           "not_yet_valid",   "wrong_name",
                                                    "unknown_authority", "bad_certificate", "refused",
                                                    "version",           "protocol",        "ended"};
    return words[static_cast<std::size_t>(reason)];
}

void throw_exception_from_error(const Refusal& refusal, const boost::source_location&) {
    throw std::runtime_error(refusal.what);
}

Engine::Engine(std::unique_ptr<State> state) : state_(std::move(state)) {}
Engine::Engine(Engine&&) noexcept = default;
Engine::~Engine() = default;

Engine Engine::server(const ServerSettings& settings, runtime::WallTime now) {
    auto state = std::make_unique<State>(TLS_server_method(), settings.least, settings.most);
    take_identity(state->context.get(), settings.own);
    if (!settings.client_authority.empty()) {
        believe(state->context.get(), settings.client_authority);
        SSL_CTX_set_verify(state->context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }
    state->connect_octets();
    state->judge_at(now);
    SSL_set_accept_state(state->connection.get());
    return Engine(std::move(state));
}

Engine Engine::client(const ClientSettings& settings, runtime::WallTime now) {
    auto state = std::make_unique<State>(TLS_client_method(), settings.least, settings.most);
    if (!settings.own.certificates.empty()) take_identity(state->context.get(), settings.own);
    believe(state->context.get(), settings.authority);
    SSL_CTX_set_verify(state->context.get(), SSL_VERIFY_PEER,
                       settings.check_authority ? nullptr : take_any_authority);
    state->connect_octets();
    X509_VERIFY_PARAM* checks = SSL_get0_param(state->connection.get());
    if (settings.check_time)
        state->judge_at(now);
    else
        require(X509_VERIFY_PARAM_set_flags(checks, X509_V_FLAG_NO_CHECK_TIME), "leaving the time out");
    if (settings.check_name && X509_VERIFY_PARAM_set1_ip_asc(checks, settings.name.c_str()) != 1) {
        ERR_clear_error();
        require(SSL_set_tlsext_host_name(state->connection.get(), settings.name.c_str()), "naming the host");
        require(SSL_set1_host(state->connection.get(), settings.name.c_str()), "naming the host");
    }
    SSL_set_connect_state(state->connection.get());
    return Engine(std::move(state));
}

void Engine::feed(ByteView octets) {
    if (BIO_write(state_->from_peer, octets.data(), static_cast<int>(octets.size())) !=
        static_cast<int>(octets.size()))
        crypto::throw_openssl("taking octets of the peer");
}

Bytes Engine::take() {
    Bytes octets(BIO_ctrl_pending(state_->to_peer));
    if (octets.empty()) return octets;
    const int count = BIO_read(state_->to_peer, octets.data(), static_cast<int>(octets.size()));
    octets.resize(static_cast<std::size_t>(std::max(count, 0)));
    return octets;
}

Result<Engine::Progress, Refusal> Engine::handshake() {
    ERR_clear_error();
    const int result = SSL_do_handshake(state_->connection.get());
    if (result == 1) return Progress::done;
    if (SSL_get_error(state_->connection.get(), result) == SSL_ERROR_WANT_READ) return Progress::needs_octets;
    return state_->refusal();
}

Result<std::size_t, Refusal> Engine::read(std::span<std::uint8_t> buffer) {
    ERR_clear_error();
    std::size_t count = 0;
    const int result = SSL_read_ex(state_->connection.get(), buffer.data(), buffer.size(), &count);
    if (result == 1) return count;
    const int error = SSL_get_error(state_->connection.get(), result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_ZERO_RETURN) return std::size_t{0};
    return state_->refusal();
}

bool Engine::ended() const noexcept {
    return (SSL_get_shutdown(state_->connection.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

Result<void, Refusal> Engine::write(ByteView clear) {
    while (!clear.empty()) {
        ERR_clear_error();
        std::size_t count = 0;
        if (SSL_write_ex(state_->connection.get(), clear.data(), clear.size(), &count) != 1)
            return state_->refusal();
        clear = clear.subspan(count);
    }
    return {};
}

}  // namespace posbench::tls
