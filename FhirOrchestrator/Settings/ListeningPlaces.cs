using System.Net;
using System.Net.Sockets;

namespace FhirOrchestrator.Settings;

/// <summary>
/// Whether this server can listen where it is told to: asked before anything is begun, because the web server binds
/// only after the database is open. Somebody may still be faster in between: then the web server says so.
/// </summary>
internal static class ListeningPlaces
{
    /// <summary>Why it cannot listen, in words for the operator; null where it can.</summary>
    /// <param name="urls">Checked <c>http(s)://host:port</c>.</param>
    public static string? FindProblem(IEnumerable<string> urls)
    {
        foreach (var url in urls)
        {
            var address = BindingAddress.Parse(url);
            if (address.IsUnixPipe || address.IsNamedPipe || address.Port == 0)
            {
                continue;
            }

            if (PlacesOf(address.Host).Select(place => Problem(place, address.Port)).FirstOrDefault(IsProblem)
                is { } problem)
            {
                return problem == SocketError.AddressAlreadyInUse
                    ? $"expected a free port for {url}, got one that something listens on. "
                        + "Stop what listens there, or set another --Urls=http://localhost:PORT."
                    : $"expected an address to listen on, got {url}: {new SocketException((int)problem).Message}. "
                        + "Set another --Urls=http://localhost:PORT.";
            }
        }

        return null;
    }

    private static bool IsProblem(SocketError? problem) => problem is not null;

    // The web server reads a host that is no address as "every address of this machine", localhost aside.
    private static IPAddress[] PlacesOf(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? [IPAddress.Loopback, IPAddress.IPv6Loopback]
        : IPAddress.TryParse(host.Trim('[', ']'), out var address) ? [address]
        : Socket.OSSupportsIPv6 ? [IPAddress.IPv6Any]
        : [IPAddress.Any];

    private static SocketError? Problem(IPAddress place, int port)
    {
        try
        {
            using var socket = new Socket(place.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (place.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Bind(new IPEndPoint(place, port));
            socket.Listen();
            return null;
        }
        catch (SocketException refused)
        {
            // A machine without IPv6 has no ::1: the web server does without it too.
            return place.Equals(IPAddress.IPv6Loopback) && refused.SocketErrorCode != SocketError.AddressAlreadyInUse
                ? null
                : refused.SocketErrorCode;
        }
    }
}
