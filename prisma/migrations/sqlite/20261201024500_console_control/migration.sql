-- CreateTable
CREATE TABLE "ConsoleControl" (
    "hostId" TEXT NOT NULL,
    "machine" TEXT NOT NULL,
    "actorId" TEXT NOT NULL,
    "actorName" TEXT NOT NULL,
    "isHandover" BOOLEAN NOT NULL,
    "askedById" TEXT,
    "askedUntil" DATETIME,

    PRIMARY KEY ("hostId", "machine"),
    CONSTRAINT "ConsoleControl_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

