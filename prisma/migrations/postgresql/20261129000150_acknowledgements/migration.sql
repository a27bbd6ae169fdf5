-- CreateTable
CREATE TABLE "Acknowledgement" (
    "causeId" TEXT NOT NULL,
    "severity" TEXT NOT NULL,
    "by" TEXT NOT NULL,
    "byId" TEXT NOT NULL,
    "note" TEXT,
    "at" TIMESTAMP(3) NOT NULL,
    "goneAt" TIMESTAMP(3),

    CONSTRAINT "Acknowledgement_pkey" PRIMARY KEY ("causeId")
);
