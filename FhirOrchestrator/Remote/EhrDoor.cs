using System.Net;
using System.Net.Sockets;

namespace FhirOrchestrator.Remote;

/// <summary>
/// The sockets behind an <see cref="EhrClient"/>: no redirects, no ambient proxy, no cookies, and the address checked
/// before it is connected to, so that a name that suddenly resolves to this machine reaches nothing.
/// </summary>
internal static class EhrDoor
{
    /// <summary>The handler for one EHR.</summary>
    public static SocketsHttpHandler Open(Uri baseUrl, RemoteLimits limits)
    {
        var mayBeLocal = IsLoopbackHost(baseUrl);
        return new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.GZip | DecompressionMethods.Brotli,
            ConnectTimeout = limits.ConnectMax,
            MaxConnectionsPerServer = limits.ConcurrentMax,
            MaxResponseHeadersLength = 64,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            ActivityHeadersPropagator = null,
            ConnectCallback = (context, ct) => ConnectAsync(context.DnsEndPoint, mayBeLocal, ct),
        };
    }

    /// <summary>
    /// True where an address may be connected to: not this machine, unless the EHR is configured as such.
    /// </summary>
    public static bool MayConnect(IPAddress address, bool mayBeLocal)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        if (IPAddress.IsLoopback(plain))
        {
            return mayBeLocal;
        }

        var isLinkLocalV4 = plain.AddressFamily == AddressFamily.InterNetwork
            && plain.GetAddressBytes() is [169, 254, _, _] or [0, _, _, _] or [>= 224, _, _, _];
        return !isLinkLocalV4 && !plain.IsIPv6LinkLocal && !plain.IsIPv6Multicast && !plain.Equals(IPAddress.IPv6Any);
    }

    private static bool IsLoopbackHost(Uri baseUrl) => baseUrl.IsLoopback
        || (IPAddress.TryParse(baseUrl.DnsSafeHost, out var address) && IPAddress.IsLoopback(address));

    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint target, bool mayBeLocal, CancellationToken ct)
    {
        var addresses = await Dns.GetHostAddressesAsync(target.Host, ct);
        var allowed = Array.FindAll(addresses, address => MayConnect(address, mayBeLocal));
        if (allowed.Length == 0)
        {
            throw new SocketException((int)SocketError.AddressNotAvailable,
                "expected an address of the configured EHR, got one of this machine, a link-local one or none");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, target.Port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
