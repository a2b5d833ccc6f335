using System.Net;
using System.Net.Sockets;

namespace FhirOrchestrator.Tests.EndToEnd;

/// <summary>A port of the loopback address that nobody listens on.</summary>
internal static class FreePort
{
    /// <summary>
    /// The next free one. The system hands out ephemeral ports in a wide circle, so that nobody else is given the same
    /// one before the process under test has bound it; a process that finds it taken all the same says so and ends.
    /// </summary>
    public static int Next()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)listener.LocalEndPoint!).Port;
    }
}
