//! The connection limit: how many connections are open, in all and from one client address.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::rejection::Rejection;

/// The connections over the limit that get a response, which says why they are not served.
const MAX_SPARE_CONNECTIONS: usize = 64;

/// How many of them one address may have.
const MAX_SPARE_CONNECTIONS_PER_ADDRESS: usize = 8;

/// The part of `connections` that one address may have, where no setting says otherwise.
const ADDRESS_PART: usize = 4;

/// The bits of an IPv6 address that its network gives; its owner chooses the others.
const IPV6_NETWORK_BITS: u32 = 64;

/// Bounds the connections that are open at once, and those that are only told so.
#[derive(Debug)]
pub struct ConnectionLimit {
    served: Arc<AddressLimit>,
    spare: Arc<AddressLimit>,
}

/// What a connection may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capacity {
    /// It is served.
    Served,
    /// The server has as many connections as it may: this one is told so, and asks after the server's health.
    ServerFull,
    /// The client's address has as many connections as it may: the same.
    AddressFull(usize),
}

impl Capacity {
    /// Why requests of a connection are refused; nothing if they are served.
    pub fn rejection(self) -> Option<Rejection> {
        match self {
            Self::Served => None,
            Self::ServerFull => Some(Rejection::overloaded()),
            Self::AddressFull(maximum) => Some(Rejection::too_many_connections(maximum)),
        }
    }
}

/// Counts an open connection until it is dropped.
#[derive(Debug)]
pub struct ConnectionPermit {
    limit: Arc<AddressLimit>,
    address: IpAddr,
}

impl ConnectionLimit {
    /// Allows this many connections at once, and so many of one address: a part of all, if none is given.
    pub fn new(connections: usize, per_address: Option<usize>) -> Self {
        let per_address = per_address.unwrap_or(connections / ADDRESS_PART).max(1);
        Self {
            served: AddressLimit::new(connections, per_address),
            spare: AddressLimit::new(MAX_SPARE_CONNECTIONS, MAX_SPARE_CONNECTIONS_PER_ADDRESS),
        }
    }

    /// Admits a connection; `None` if it is to be closed without a word.
    pub fn admit(&self, address: IpAddr) -> Option<(ConnectionPermit, Capacity)> {
        let capacity = match self.served.acquire(address) {
            Ok(permit) => return Some((permit, Capacity::Served)),
            Err(capacity) => capacity,
        };
        self.spare.acquire(address).ok().map(|permit| (permit, capacity))
    }
}

/// Bounds a number of connections, in all and for each address.
#[derive(Debug)]
struct AddressLimit {
    max_connections: usize,
    max_per_address: usize,
    open: Mutex<OpenConnections>,
}

#[derive(Debug, Default)]
struct OpenConnections {
    count: usize,
    /// Only addresses with a connection.
    of_address: HashMap<IpAddr, usize>,
}

impl AddressLimit {
    fn new(max_connections: usize, max_per_address: usize) -> Arc<Self> {
        Arc::new(Self { max_connections, max_per_address, open: Mutex::default() })
    }

    fn acquire(self: &Arc<Self>, address: IpAddr) -> Result<ConnectionPermit, Capacity> {
        let address = network(address);
        let mut open = self.lock();
        if open.count >= self.max_connections {
            return Err(Capacity::ServerFull);
        }
        if open.of_address.get(&address).is_some_and(|count| *count >= self.max_per_address) {
            return Err(Capacity::AddressFull(self.max_per_address));
        }
        open.count += 1;
        *open.of_address.entry(address).or_default() += 1;
        Ok(ConnectionPermit { limit: self.clone(), address })
    }

    fn lock(&self) -> MutexGuard<'_, OpenConnections> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        let mut open = self.limit.lock();
        open.count -= 1;
        if let Some(count) = open.of_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.of_address.remove(&self.address);
            }
        }
    }
}

/// The address that a client cannot choose: of IPv6, that of its network.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << IPV6_NETWORK_BITS)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn addresses_of_one_network_count_as_one() {
        assert_eq!(network(address("::ffff:192.0.2.1")), address("192.0.2.1"));
        assert_eq!(network(address("2001:db8:1:2:3:4:5:6")), address("2001:db8:1:2::"));
        assert_ne!(network(address("2001:db8:1:3::")), address("2001:db8:1:2::"));
    }

    #[test]
    fn an_address_has_its_part_and_a_closed_connection_leaves_nothing() {
        let limit = ConnectionLimit::new(8, None);
        let (one, other) = (address("192.0.2.1"), address("192.0.2.2"));
        let admit = |address| limit.admit(address).unwrap();
        let mut open = vec![admit(one), admit(one)];
        assert_eq!(admit(one).1, Capacity::AddressFull(2));
        open.extend([admit(other), admit(other)]);
        assert!(open.iter().all(|(_, capacity)| *capacity == Capacity::Served));
        let spare: Vec<_> = (0..MAX_SPARE_CONNECTIONS_PER_ADDRESS).map(|_| admit(one)).collect();
        assert!(limit.admit(one).is_none());
        drop((open, spare));
        for limit in [&limit.served, &limit.spare] {
            let open = limit.lock();
            assert_eq!((open.count, open.of_address.len()), (0, 0));
        }
    }

    #[test]
    fn a_setting_replaces_the_part_of_an_address() {
        let limit = ConnectionLimit::new(3, Some(3));
        let open: Vec<_> = (0..3).map(|_| limit.admit(address("192.0.2.1")).unwrap()).collect();
        assert!(open.iter().all(|(_, capacity)| *capacity == Capacity::Served));
        assert_eq!(limit.admit(address("192.0.2.2")).unwrap().1, Capacity::ServerFull);
    }
}
