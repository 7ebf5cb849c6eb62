using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TinyJepa.Soak;

/// <summary>
/// Asks a server the same question again and again over one connection, and compares every answer with the one that is right: what is measured
/// here is also checked.
/// </summary>
internal sealed class Client : IDisposable
{
    readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    readonly byte[] _question, _answer, _buffer;

    /// <param name="port">Of the server on this machine.</param>
    /// <param name="request">The JSON to post.</param>
    /// <param name="answer">The JSON that should come.</param>
    public Client(int port, ReadOnlySpan<byte> request, ReadOnlySpan<byte> answer)
    {
        _question = [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"POST /predict HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: {request.Length}\r\n\r\n")), .. request];
        _answer = [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {answer.Length}\r\n\r\n")), .. answer];
        _buffer = new byte[_answer.Length];
        _socket.Connect(new IPEndPoint(IPAddress.Loopback, port));
    }

    /// <summary>Asks once.</summary>
    /// <returns>Whether the answer was right to the last byte.</returns>
    public bool Ask()
    {
        for (var sent = 0; sent < _question.Length;) sent += _socket.Send(_question.AsSpan(sent));
        for (var filled = 0; filled < _buffer.Length;)
        {
            var received = _socket.Receive(_buffer.AsSpan(filled));
            if (received == 0) return false;
            filled += received;
        }

        return _buffer.AsSpan().SequenceEqual(_answer);
    }

    public void Dispose() => _socket.Dispose();
}
